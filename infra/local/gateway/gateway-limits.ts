/**
 * Limits of API Gateway's HTTP API and of Lambda's Invoke.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const limits = {
  /** Bytes of request line and header lines together. */
  head: 10_240,
  /** Bytes of a request's body. */
  body: 10 * 1024 * 1024,
  /** Bytes of an event or of a function's answer, as JSON. */
  payload: 6_291_556,
  /** Milliseconds for a function's answer; an integration may set less. */
  integration: 30_000,
} as const;

/** The errors of API Gateway itself, always `{"message": …}`. */
export const gatewayErrors = {
  badRequest: { status: 400, message: 'Bad Request' },
  notFound: { status: 404, message: 'Not Found' },
  timeout: { status: 408, message: 'Request Timeout' },
  bodyTooLarge: { status: 413, message: 'Request Entity Too Large' },
  headTooLarge: { status: 431, message: 'Request Header Fields Too Large' },
  functionFailed: { status: 500, message: 'Internal Server Error' },
  unavailable: { status: 503, message: 'Service Unavailable' },
} as const;

/** One of API Gateway's own errors. */
export type GatewayError = (typeof gatewayErrors)[keyof typeof gatewayErrors];
