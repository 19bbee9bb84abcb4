/* actors/tls_terms.c - whether terms of TLS can work. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <buskin/tls_engine.h>

static int
refuse(struct bsk_tls_fault *fault, int error, const char *field,
    const char *why)
{
	fault->error = error;
	fault->field = field;
	(void)snprintf(fault->text, sizeof(fault->text), "%s%s%s",
	    field == NULL ? "" : field, field == NULL ? "" : ": ", why);
	return error;
}

static bool
is_given(bsk_text text)
{
	return bsk_text_chars(text)[0] != '\0';
}

static bool
is_good_alpn(const bsk_list *alpn)
{
	const bsk_text *names = alpn->items;

	if (alpn->count > BSK_TLS_ALPN_MAX)
		return false;
	for (uint32_t i = 0; i < alpn->count; i++) {
		size_t size = strlen(bsk_text_chars(names[i]));

		if (size == 0 || size > UINT8_MAX)
			return false;
	}
	return true;
}

/* Who we are. */
static int
look_at_own(enum bsk_tls_role role, const struct bsk_tls_terms *terms,
    struct bsk_tls_fault *fault)
{
	bool has_certificate = is_given(terms->certificate);
	bool has_key = is_given(terms->key);

	if (!has_certificate && (has_key || role == BSK_TLS_SERVER))
		return refuse(fault, -EINVAL, "certificate", "it is missing");
	if (!has_key && has_certificate)
		return refuse(fault, -EINVAL, "key", "it is missing");
	if (!has_key && is_given(terms->passphrase))
		return refuse(fault, -EINVAL, "passphrase", "there is no key");
	return 0;
}

static int
look_at_name(enum bsk_tls_role role, const struct bsk_tls_terms *terms,
    struct bsk_tls_fault *fault)
{
	bool has_name = is_given(terms->server_name);

	if (role == BSK_TLS_SERVER && has_name)
		return refuse(
		    fault, -EINVAL, "server_name", "it is for clients");
	if (role == BSK_TLS_CLIENT && !has_name &&
	    terms->verify != BSK_TLS_VERIFY_NONE)
		return refuse(fault, -EINVAL, "server_name", "it is empty, so "
		    "that nobody can be verified: if that is meant, say "
		    "verify: \"none\"");
	return 0;
}

int
bsk_tls_look(enum bsk_tls_role role, const struct bsk_tls_terms *terms,
    struct bsk_tls_fault *ret_fault)
{
	static const char positive[] = "it should be a positive time";
	int error;

	if (!bsk_tls_engine_is_built())
		return refuse(ret_fault, -ENOTSUP, NULL,
		    "this library was built without TLS");
	if (role != BSK_TLS_CLIENT && role != BSK_TLS_SERVER)
		return refuse(ret_fault, -EINVAL, "role",
		    "neither client nor server");
	if (terms->handshake_timeout_ns < 0)
		return refuse(
		    ret_fault, -EINVAL, "handshake_timeout", positive);
	if (terms->shutdown_timeout_ns < 0)
		return refuse(
		    ret_fault, -EINVAL, "shutdown_timeout", positive);
	if (!is_good_alpn(&terms->alpn))
		return refuse(ret_fault, -EINVAL, "alpn",
		    "up to 32 names of 1 to 255 bytes");
	error = look_at_own(role, terms, ret_fault);
	return error < 0 ? error : look_at_name(role, terms, ret_fault);
}

int
bsk_tls_check(const struct bsk_os *os, enum bsk_tls_role role,
    const struct bsk_tls_terms *terms, struct bsk_tls_fault *ret_fault)
{
	bsk_tls_engine *engine;
	int error = bsk_tls_look(role, terms, ret_fault);

	if (error == 0)
		error = bsk_tls_engine_new(os, role, terms, ret_fault,
		    &engine);
	if (error == 0)
		bsk_tls_engine_free(engine);
	return error;
}

int
bsk_tls_fits(const struct bsk_os *os, enum bsk_tls_role role,
    const struct bsk_parcel *terms, struct bsk_config_fault *ret_fault)
{
	const struct bsk_tls_terms *body = bsk_parcel_body(terms);
	struct bsk_tls_fault fault;
	int error;

	if (terms == NULL)
		return 0;
	if (body == NULL)
		return -ENOMEM;
	error = os == NULL ? bsk_tls_look(role, body, &fault)
	    : bsk_tls_check(os, role, body, &fault);
	if (error == 0)
		return 0;
	ret_fault->field = "tls";
	(void)snprintf(ret_fault->text, sizeof(ret_fault->text), "%.190s",
	    fault.text);
	return error;
}
