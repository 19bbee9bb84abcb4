/* buskin/deployment.h - a deployment: actors, supervisors and wires in a file.
 *
 * A deployment is read from one or several JSON files against a table of
 * classes, and looked at as a whole before anything starts: every mistake that
 * can be found is found in one load, each with its file, line, column, JSON
 * pointer, a stable code and, where one is known, a hint.
 *
 *	bsk_diagnoses *diagnoses = bsk_diagnoses_new();
 *	struct bsk_deployment_source source = {.name = "logs.json"};
 *	struct bsk_deployment_options options = {
 *		.sources = &source,
 *		.source_count = 1,
 *		.classes = bsk_builtin_classes,
 *	};
 *	bsk_deployment *deployment;
 *
 *	result = bsk_deployment_load(&options, diagnoses, &deployment);
 *
 * Several files are one: each is laid over those before it as RFC 7396 merges
 * a patch. So sections and actors of the same name are merged key by key, a
 * later value replaces an earlier one (arrays as wholes), and null takes away
 * what an earlier file gave.
 *
 * In every string value `${NAME}` stands for a variable of the environment,
 * `${NAME:-default}` for its value or, when it is unset or empty, for the
 * default, and `$$` for a dollar. Keys are taken as they are.
 *
 * A deployment and its diagnoses belong to one thread at a time.
 */
#ifndef BUSKIN_DEPLOYMENT_H
#define BUSKIN_DEPLOYMENT_H

#include <buskin/json.h>
#include <buskin/system.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- what is wrong ---------------------------------------------------- */

/* How bad it is. */
enum bsk_severity {
	BSK_ERROR,  /* the deployment cannot be started */
	BSK_WARNING /* it can, but it hardly does what was meant */
};

/* One mistake. Texts are UTF-8 without control characters (what else a file
 * holds is shown as \xNN) and live as long as the diagnoses. */
struct bsk_diagnosis {
	enum bsk_severity severity;  /* error or warning */
	const char *file;            /* as the source was named */
	struct bsk_json_place place; /* line 0: the file as a whole */
	const char *pointer;         /* RFC 6901 pointer; "" is the whole */
	const char *code;            /* a short stable word: "unknown-class" */
	const char *text;            /* for people */
	const char *hint;            /* what to do; NULL: none is known */
	const char *excerpt;         /* the line, or a part of it; NULL: none */
	unsigned caret;              /* which of its characters is meant */
};

/* A list of mistakes, in the order of the files and of the lines in them. */
typedef struct bsk_diagnoses bsk_diagnoses;

/* An empty list; NULL for want of memory. */
bsk_diagnoses *bsk_diagnoses_new(void);

/* Frees the list and its texts. NULL is let pass. */
void bsk_diagnoses_free(bsk_diagnoses *diagnoses);

/* How many there are, errors and warnings. */
size_t bsk_diagnoses_count(const bsk_diagnoses *diagnoses);

/* How many of them are errors. */
size_t bsk_diagnoses_errors(const bsk_diagnoses *diagnoses);

/* One of them, from 0; NULL beyond the last. */
const struct bsk_diagnosis *bsk_diagnoses_at(const bsk_diagnoses *diagnoses,
    size_t index);

/* How a list is written. */
enum bsk_diagnoses_style {
	BSK_DIAGNOSES_PLAIN, /* as it is */
	BSK_DIAGNOSES_COLOUR /* with the escape sequences of a terminal */
};

/* The list for people, from malloc(3) for the caller to free; NULL for want of
 * memory. Each begins with `file:line:column: error: text [code]`; below it
 * stand the pointer, the line with a caret, and the hint. */
char *bsk_diagnoses_text(const bsk_diagnoses *diagnoses,
    enum bsk_diagnoses_style style);

/* The list as a JSON array of objects with the keys severity, file, line,
 * column, pointer, code, text, hint, excerpt, caret (those without a value are
 * left out); the caller frees it. -ENOMEM. */
int bsk_diagnoses_json(const bsk_diagnoses *diagnoses, bsk_json **ret_json);

/* --- loading ---------------------------------------------------------- */

/* A deployment that is sound. */
typedef struct bsk_deployment bsk_deployment;

/* One file, or a text that is taken for one. */
struct bsk_deployment_source {
	const char *name; /* the path; "-" is standard input */
	const char *text; /* of `size` bytes; NULL: read it from `name` */
	size_t size;      /* of `text`, bytes */
};

/* What to load, and against what. */
struct bsk_deployment_options {
	/* The sources, used during the load only. */
	const struct bsk_deployment_source *sources;
	/* How many; at least 1. */
	size_t source_count;
	/* The classes that there are, ended by NULL; must outlive the
	 * deployment. */
	const struct bsk_class *const *classes;
	/* To read files with; NULL: bsk_os_libc. */
	const struct bsk_os *os;
	/* Gives the value of a variable, NULL when it is unset; NULL:
	 * getenv(3). */
	const char *(*variable)(void *arg, const char *name);
	/* For `variable`. */
	void *arg;
	/* Descriptors that the process may hold; 0: its own limit. */
	uint64_t fd_limit;
};

/* The largest file that is read, bytes. */
#define BSK_DEPLOYMENT_SIZE_MAX (16 * 1024 * 1024)

/* Loads and checks. What is wrong is added to `diagnoses`, also warnings of a
 * deployment that is sound. Returns 0; -EINVAL when there were errors; what
 * open(2) or read(2) failed with when a file could not be read (which is a
 * diagnosis too, "no-input"); -ENOMEM. Nothing is started or touched. */
int bsk_deployment_load(const struct bsk_deployment_options *options,
    bsk_diagnoses *diagnoses, bsk_deployment **ret_deployment);

/* Frees it; a system that was started from it goes on. NULL is let pass. */
void bsk_deployment_free(bsk_deployment *deployment);

/* What the file calls itself; lives as long as the deployment. */
const char *bsk_deployment_name(const bsk_deployment *deployment);

/* Writes what the file says about the system (name, workers, mailboxes, the
 * time a stop may take) and its table of classes over those members of
 * `options`; the name lives as long as the deployment. */
void bsk_deployment_system(const bsk_deployment *deployment,
    struct bsk_system_options *options);

/* Spawns the class "deployer" with the deployment as its plan, registered
 * under "deployer". `system` must have the classes that the deployment was
 * loaded against. Returns 0, -ENOENT when there is no such class among them,
 * or as bsk_system_spawn. The deployment may be freed afterwards. */
int bsk_deployment_start(const bsk_deployment *deployment,
    bsk_system *system, bsk_ref *ret_deployer);

/* The graph that it will be, in the form of the inspector's operation
 * "graph": nodes, edges, layers; actors are known by their names and counters
 * are zero. The caller frees it. -ENOMEM. */
int bsk_deployment_graph(const bsk_deployment *deployment,
    bsk_json **ret_json);

#ifdef __cplusplus
}
#endif

#endif
