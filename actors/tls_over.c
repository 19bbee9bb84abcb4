/* actors/tls_over.c - a child that reads and writes a descriptor, with TLS or
 * without.
 */
#include <buskin/tls.h>

int
bsk_tls_spawn_over(bsk_ctx *ctx, enum bsk_tls_role role,
    const struct bsk_parcel *terms, const struct bsk_stream_config *stream,
    const struct bsk_spawn_options *options, bsk_ref *ret_ref)
{
	struct bsk_tls_config config = { .role = (int32_t)role,
		.stream = *stream };

	if (terms == NULL)
		return bsk_spawn(ctx, &bsk_stream_class,
		    bsk_parcel_new(&bsk_stream_config_type, stream), options,
		    ret_ref);
	if (bsk_type_copy(&bsk_tls_terms_type, bsk_parcel_body(terms),
	    &config.terms) < 0)
		config.terms.alpn.count = UINT32_MAX; /* lost */
	return bsk_spawn(ctx, &bsk_tls_class,
	    bsk_parcel_new(&bsk_tls_config_type, &config), options, ret_ref);
}
