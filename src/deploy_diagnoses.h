/* src/deploy_diagnoses.h - filling a list of mistakes. */
#ifndef BUSKIN_SRC_DEPLOY_DIAGNOSES_H
#define BUSKIN_SRC_DEPLOY_DIAGNOSES_H

#include <stdbool.h>
#include <stddef.h>

#include <buskin/deployment.h>

/* Adds a mistake: texts are copied and cleaned, save the excerpt, which is
 * clean. `rank` is the file's place among the files. Returns 0 or -ENOMEM. */
int deploy_diagnoses_add(bsk_diagnoses *diagnoses, size_t rank,
    const struct bsk_diagnosis *diagnosis);

/* Whether a mistake with this code is known at this place. */
bool deploy_diagnoses_has(const bsk_diagnoses *diagnoses, size_t rank,
    size_t offset, const char *code);

/* Brings them into the order of the files and of the places in them; those of
 * one place stay in the order in which they were found. */
void deploy_diagnoses_sort(bsk_diagnoses *diagnoses);

#endif
