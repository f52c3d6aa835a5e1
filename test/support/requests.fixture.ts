import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { incoming, type Incoming } from '../../shared/http/incoming.ts';

/** Requests as API Gateway hands them over. */

export type Asked = {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** An object becomes JSON. */
  readonly body?: string | object;
  readonly ip?: string;
};

const pathOf = (template: string, params: Readonly<Record<string, string>>): string =>
  template.replaceAll(/\{(\w+)\+?\}/g, (_, name: string) => params[name] ?? '');

/** The event of a request for a route, such as `GET /toys/{id}`. */
export function eventOf(
  routeKey: string,
  { params, query, headers = {}, body, ip = '192.0.2.7' }: Asked = {},
): APIGatewayProxyEventV2 {
  const [method = 'GET', template = '/'] = routeKey.split(' ');
  const path = pathOf(template, params ?? {});
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: new URLSearchParams(query).toString(),
    isBase64Encoded: false,
    headers: { 'user-agent': 'test', ...headers },
    ...(params === undefined ? {} : { pathParameters: params }),
    ...(query === undefined ? {} : { queryStringParameters: query }),
    ...(text === undefined ? {} : { body: text }),
    requestContext: {
      accountId: '0',
      apiId: 'api',
      domainName: 'api.test',
      domainPrefix: 'api',
      requestId: 'req-1',
      routeKey,
      stage: '$default',
      time: '',
      timeEpoch: 0,
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: ip, userAgent: 'test' },
    },
  };
}

/** A request freed of its encodings, with what is to be otherwise. */
export const incomingFixture = (more: Partial<Incoming> = {}): Incoming => ({
  ...incoming(eventOf('GET /toys'), []),
  ...more,
});
