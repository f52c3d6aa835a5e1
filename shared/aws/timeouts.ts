/** Milliseconds. AWS answers within some, or is retried over another connection. */
const connectionTimeout = 1_000;

/**
 * Timeouts of an AWS client, for its `requestHandler`. Without them a connection that AWS has dropped holds a request
 * until the function's own timeout.
 *
 * @param requestTimeout milliseconds for one attempt, from its first byte to the end of its answer
 */
export const awsTimeouts = (requestTimeout: number) => ({
  connectionTimeout,
  requestTimeout,
  // Else the client only logs a warning (@smithy/types, NodeHttpHandlerOptions).
  throwOnRequestTimeout: true,
});
