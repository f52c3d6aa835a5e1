import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** A decoded request of API Gateway (payload format 2.0). */
export type Incoming = {
  readonly routeKey: string;
  readonly method: string;
  readonly path: string;
  /** As decoded by API Gateway, never derived from the raw path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Size of the decoded body in bytes. */
  readonly bodyBytes: number;
  readonly requestId: string;
  /** The host name by which API Gateway was reached; no header that a client or a proxy adds changes it. */
  readonly host: string;
  readonly ip: string;
  readonly userAgent: string;
};

const defined = (of: Readonly<Record<string, string | undefined>> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(of ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));

/** What an event says of who sent it. */
type Addressed = {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly requestContext: { readonly http: { readonly sourceIp: string } };
};

/**
 * The client's address: API Gateway's `sourceIp`, or behind a trusted proxy (`TRUSTED_PROXIES`) the last address of
 * `X-Forwarded-For` that is not a trusted proxy.
 */
export function callerAddress({ requestContext, headers }: Addressed, trusted: readonly string[]): string {
  const source = requestContext.http.sourceIp;
  if (!trusted.includes(source)) return source;
  const forwarded = (headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  return forwarded.findLast((each) => !trusted.includes(each)) ?? source;
}

/** Addresses of proxies whose `X-Forwarded-For` is believed. @param setting `TRUSTED_PROXIES` */
export const trustedProxiesIn = (setting = ''): readonly string[] =>
  setting.split(',').filter((address) => address !== '');

/** Decodes an event. @param trustedProxies addresses of proxies whose `X-Forwarded-For` is believed */
export function incoming(event: APIGatewayProxyEventV2, trustedProxies: readonly string[]): Incoming {
  const { http } = event.requestContext;
  const body = event.body ?? '';
  return {
    routeKey: event.routeKey,
    method: http.method,
    path: event.rawPath,
    params: defined(event.pathParameters),
    query: defined(event.queryStringParameters),
    headers: defined(event.headers),
    body: event.isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body,
    bodyBytes: event.isBase64Encoded ? Buffer.byteLength(body, 'base64') : Buffer.byteLength(body),
    requestId: event.requestContext.requestId,
    host: event.requestContext.domainName.toLowerCase(),
    ip: callerAddress(event, trustedProxies),
    userAgent: (event.headers['user-agent'] ?? '').slice(0, 256),
  };
}
