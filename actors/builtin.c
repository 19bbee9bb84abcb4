/* actors/builtin.c - all the classes that come with buskin. */
#include <stddef.h>

#include <buskin/builtin.h>
#include <buskin/child_strategy.h>
#include <buskin/counter.h>
#include <buskin/deployer.h>
#include <buskin/echo.h>
#include <buskin/file.h>
#include <buskin/framer.h>
#include <buskin/inspector.h>
#include <buskin/log.h>
#include <buskin/nng.h>
#include <buskin/notifier.h>
#include <buskin/on_signal.h>
#include <buskin/pipe.h>
#include <buskin/process.h>
#include <buskin/proxy.h>
#include <buskin/router.h>
#include <buskin/spawner.h>
#include <buskin/reactor.h>
#include <buskin/signal.h>
#include <buskin/stream.h>
#include <buskin/supervisor.h>
#include <buskin/timer.h>
#include <buskin/tls.h>
#include <buskin/unix.h>
#include <buskin/unix_channel.h>

const struct bsk_class *const bsk_builtin_classes[] = {
	&bsk_child_stops_class,
	&bsk_child_waiter_class,
	&bsk_child_watcher_class,
	&bsk_child_pidfd_class,
	&bsk_child_reap_all_class,
	&bsk_child_scan_class,
	&bsk_child_thread_class,
	&bsk_counter_class,
	&bsk_deployer_class,
	&bsk_echo_class,
	&bsk_file_class,
	&bsk_framer_class,
	&bsk_inspector_class,
	&bsk_inspector_desk_class,
	&bsk_inspector_door_class,
	&bsk_inspector_guard_class,
	&bsk_log_class,
	&bsk_nng_rep_class,
	&bsk_nng_socket_class,
	&bsk_notifier_class,
	&bsk_on_signal_class,
	&bsk_pipe_class,
	&bsk_process_class,
	&bsk_process_child_class,
	&bsk_process_output_class,
	&bsk_proxy_class,
	&bsk_reactor_class,
	&bsk_relay_class,
	&bsk_router_class,
	&bsk_signal_class,
	&bsk_signal_fd_class,
	&bsk_signal_handler_class,
	&bsk_signal_host_class,
	&bsk_spawner_class,
	&bsk_stream_class,
	&bsk_supervisor_class,
	&bsk_timer_class,
	BSK_TLS_CLASS /* with its comma, or nothing: configure says */
	&bsk_unix_channel_class,
	&bsk_unix_connector_class,
	&bsk_unix_listener_class,
	NULL,
};
