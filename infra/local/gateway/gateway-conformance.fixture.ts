/**
 * The behaviour of API Gateway's HTTP API, as requests and expected answers. The test sends them to the local gateway;
 * with the functions of `gateway.test.ts` deployed, they can be sent to AWS unchanged.
 *
 * Sources: [routes] https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 * [payload] https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 * [quotas] https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 * [cors] https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 * [captures] live captures published in github.com/hotsock/voker/pull/8, github.com/ministackorg/ministack/pull/766 and
 * (stages) github.com/CodeGenieApp/serverless-express/issues/465
 */
export type ConformanceFact = {
  readonly fact: string;
  readonly source: 'routes' | 'payload' | 'quotas' | 'cors' | 'captures' | 'design';
  /** Method and path with query, exactly as in the request line. */
  readonly request: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
  readonly status: number;
  /** Expected fields of the function's event; undefined: absent. */
  readonly event?: Readonly<Record<string, unknown>>;
  /** Expected body; the echoed event is not compared here. */
  readonly text?: string;
  /** Expected header fields of the answer; undefined: absent. */
  readonly answerHeaders?: Readonly<Record<string, string | undefined>>;
};

const json = [['Content-Type', 'application/json']] as const;
const browser = [['Origin', 'https://app.example.com']] as const;
const preflight = [...browser, ['Access-Control-Request-Method', 'PUT']] as const;
const megabyte = 1024 * 1024;

const routing: readonly ConformanceFact[] = [
  {
    fact: 'a fixed segment beats a variable',
    source: 'routes',
    request: 'GET /things/fixed',
    status: 200,
    event: { routeKey: 'GET /things/fixed', pathParameters: undefined },
  },
  {
    fact: 'a variable beats a greedy variable',
    source: 'routes',
    request: 'GET /things/7',
    status: 200,
    event: { routeKey: 'GET /things/{id}', pathParameters: { id: '7' } },
  },
  {
    fact: 'a greedy variable matches the rest with its slashes',
    source: 'routes',
    request: 'GET /things/7/a/b/',
    status: 200,
    event: { routeKey: 'GET /things/{rest+}', pathParameters: { rest: '7/a/b/' } },
  },
  {
    fact: 'the request method beats ANY',
    source: 'routes',
    request: 'GET /any',
    status: 200,
    event: { routeKey: 'GET /any' },
  },
  {
    fact: 'ANY matches methods without a route',
    source: 'routes',
    request: 'DELETE /any',
    status: 200,
    event: { routeKey: 'ANY /any' },
  },
  {
    fact: 'a path without a route for its method is routed to $default',
    source: 'routes',
    request: 'PATCH /things',
    status: 200,
    event: { routeKey: '$default', rawPath: '/things' },
  },
  { fact: 'HEAD is a method of its own', source: 'routes', request: 'HEAD /things', status: 418 },
  {
    fact: 'a trailing slash is another path',
    source: 'routes',
    request: 'GET /things/',
    status: 200,
    event: { routeKey: '$default', rawPath: '/things/' },
  },
  {
    fact: 'a base path of the domain is removed for routing only',
    source: 'captures',
    request: 'GET /api/v1/things/7',
    status: 200,
    event: { routeKey: 'GET /things/{id}', rawPath: '/api/v1/things/7' },
  },
  {
    fact: 'a longer base path is not mistaken for a shorter one',
    source: 'captures',
    request: 'GET /v1.0/things/7',
    status: 200,
    event: { routeKey: 'GET /things/{id}' },
  },
  {
    fact: 'an event names the stage that the base path is mapped to, and begins the path with it',
    source: 'captures',
    request: 'GET /v1.0/things/7',
    status: 200,
    event: { 'requestContext.stage': 'voipbin', rawPath: '/voipbin/things/7', pathParameters: { id: '7' } },
  },
  {
    fact: 'a base path that is mapped to $default names that stage',
    source: 'captures',
    request: 'GET /v1/things/7',
    status: 200,
    event: { 'requestContext.stage': '$default', pathParameters: { id: '7' } },
  },
  {
    fact: 'a path that only begins like a base path has none',
    source: 'captures',
    request: 'GET /v12/things/7',
    status: 200,
    event: { routeKey: '$default' },
  },
  {
    fact: 'paths under /_local/ are not routed',
    source: 'design',
    request: 'GET /_local/outbox',
    status: 404,
    text: '{"message":"Not Found"}',
  },
];

const events: readonly ConformanceFact[] = [
  {
    fact: 'a path arrives decoded once',
    source: 'captures',
    request: 'GET /things/a%20b%2525',
    status: 200,
    event: { rawPath: '/things/a b%25', pathParameters: { id: 'a b%25' } },
  },
  {
    fact: 'an encoded slash separates segments',
    source: 'captures',
    request: 'GET /things/a%2Fb',
    status: 200,
    event: { routeKey: 'GET /things/{rest+}', pathParameters: { rest: 'a/b' } },
  },
  {
    fact: 'a path is cut at an encoded question mark',
    source: 'captures',
    request: 'GET /things/a%3Fb=1?c=2',
    status: 200,
    event: { rawPath: '/things/a', pathParameters: { id: 'a' }, rawQueryString: 'c=2' },
  },
  {
    fact: 'a plus in a path is kept',
    source: 'captures',
    request: 'GET /things/+1555',
    status: 200,
    event: { pathParameters: { id: '+1555' } },
  },
  {
    fact: 'a path that cannot be decoded is rejected',
    source: 'design',
    request: 'GET /things/%zz',
    status: 400,
    text: '{"message":"Bad Request"}',
  },
  {
    fact: 'the query arrives raw, and decoded with repeated names joined by commas',
    source: 'payload',
    request: 'GET /things?a=1&b=%2B+x&a=2&empty',
    status: 200,
    event: { rawQueryString: 'a=1&b=%2B+x&a=2&empty', queryStringParameters: { a: '1,2', b: '+ x', empty: '' } },
  },
  {
    fact: 'without a query there are no parameters',
    source: 'payload',
    request: 'GET /things',
    status: 200,
    event: { rawQueryString: '', queryStringParameters: undefined, isBase64Encoded: false, body: undefined },
  },
  {
    fact: 'header names arrive in lower case, repeated ones joined by commas',
    source: 'payload',
    request: 'GET /things',
    headers: [
      ['X-Two', 'a'],
      ['x-two', 'b'],
    ],
    status: 200,
    event: { 'headers.x-two': 'a,b' },
  },
  {
    fact: 'cookies arrive in a field of their own',
    source: 'payload',
    request: 'GET /things',
    headers: [['Cookie', 'a=1; b=2']],
    status: 200,
    event: { cookies: ['a=1', 'b=2'], 'headers.cookie': undefined },
  },
  {
    fact: "the caller's address ends X-Forwarded-For",
    source: 'payload',
    request: 'GET /things',
    headers: [['X-Forwarded-For', '10.0.0.1']],
    status: 200,
    event: { 'headers.x-forwarded-for': '10.0.0.1, 127.0.0.1', 'requestContext.http.sourceIp': '127.0.0.1' },
  },
  {
    fact: 'a JSON body arrives as text',
    source: 'captures',
    request: 'POST /things',
    headers: [['Content-Type', 'application/json; charset=utf-8']],
    body: '{"ä":1}',
    status: 200,
    event: { body: '{"ä":1}', isBase64Encoded: false },
  },
  {
    fact: 'a form arrives in base64',
    source: 'captures',
    request: 'POST /things',
    headers: [['Content-Type', 'application/x-www-form-urlencoded']],
    body: 'a=1',
    status: 200,
    event: { body: 'YT0x', isBase64Encoded: true },
  },
  {
    fact: 'a body without a type arrives in base64',
    source: 'captures',
    request: 'POST /things',
    body: 'a=1',
    status: 200,
    event: { body: 'YT0x', isBase64Encoded: true },
  },
  {
    fact: 'a GET may carry a body',
    source: 'design',
    request: 'GET /things',
    headers: json,
    body: '{}',
    status: 200,
    event: { body: '{}' },
  },
];

const answers: readonly ConformanceFact[] = [
  {
    fact: 'an object without statusCode is the body of a 200',
    source: 'payload',
    request: 'GET /answers?as=object',
    status: 200,
    text: '{"a":1}',
    answerHeaders: { 'content-type': 'application/json' },
  },
  {
    fact: 'a string is the unchanged body of a 200',
    source: 'payload',
    request: 'GET /answers?as=text',
    status: 200,
    text: 'hello',
    answerHeaders: { 'content-type': 'application/json' },
  },
  {
    fact: 'a structured answer sets status, headers and cookies',
    source: 'payload',
    request: 'GET /answers?as=structured',
    status: 201,
    text: 'made',
    answerHeaders: { 'x-made': '1', 'set-cookie': 'a=1; Path=/', 'content-type': 'text/plain;charset=UTF-8' },
  },
  {
    fact: 'a base64 answer is sent as bytes',
    source: 'payload',
    request: 'GET /answers?as=binary',
    status: 200,
    text: 'bytes',
    answerHeaders: { 'content-type': 'image/png' },
  },
  {
    fact: 'a function that fails is a 500 without its reason',
    source: 'payload',
    request: 'GET /answers?as=failure',
    status: 500,
    text: '{"message":"Internal Server Error"}',
  },
  {
    fact: 'an answer of the wrong form is a 500',
    source: 'payload',
    request: 'GET /answers?as=malformed',
    status: 500,
    text: '{"message":"Internal Server Error"}',
  },
  {
    fact: 'an answer above 6 MB is a 500',
    source: 'quotas',
    request: 'GET /answers?as=large',
    status: 500,
    text: '{"message":"Internal Server Error"}',
  },
  {
    fact: 'a function that is too slow is a 503',
    source: 'quotas',
    request: 'GET /slow',
    status: 503,
    text: '{"message":"Service Unavailable"}',
  },
];

const rejections: readonly ConformanceFact[] = [
  {
    fact: '10,240 bytes of request line and headers are too many',
    source: 'quotas',
    request: `GET /things?${'a'.repeat(10_240)}`,
    status: 431,
    text: '{"message":"Request Header Fields Too Large"}',
  },
  {
    fact: 'headers beyond what the server reads are too many',
    source: 'quotas',
    request: 'GET /things',
    headers: [['X-Long', 'a'.repeat(30_000)]],
    status: 431,
    text: '{"message":"Request Header Fields Too Large"}',
  },
  {
    fact: '10,000 bytes of request line and headers pass',
    source: 'quotas',
    request: `GET /things?${'a'.repeat(10_000)}`,
    status: 200,
  },
  {
    fact: 'a body above 10 MB is too large',
    source: 'quotas',
    request: 'POST /things',
    headers: [['Content-Type', 'text/plain']],
    body: 'a'.repeat(10 * megabyte + 1),
    status: 413,
    text: '{"message":"Request Entity Too Large"}',
  },
  {
    fact: 'a body whose event is above 6 MB is too large',
    source: 'quotas',
    request: 'POST /things',
    headers: [['Content-Type', 'text/plain']],
    body: 'a'.repeat(7 * megabyte),
    status: 413,
    text: '{"message":"Request Entity Too Large"}',
  },
  {
    fact: 'a body of 5 MB passes as text',
    source: 'quotas',
    request: 'POST /things/large',
    headers: [['Content-Type', 'text/plain']],
    body: 'a'.repeat(5 * megabyte),
    status: 200,
    event: { routeKey: 'POST /things/large' },
  },
];

const browsers: readonly ConformanceFact[] = [
  {
    fact: 'the gateway answers a preflight itself',
    source: 'cors',
    request: 'OPTIONS /things',
    headers: preflight,
    status: 204,
    text: '',
    answerHeaders: {
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-methods': 'GET,PUT',
      'access-control-allow-headers': 'authorization',
      'access-control-max-age': '600',
    },
  },
  {
    fact: 'a preflight of a foreign origin gets no permission',
    source: 'cors',
    request: 'OPTIONS /things',
    headers: [['Origin', 'https://evil.example']],
    status: 204,
    answerHeaders: { 'access-control-allow-origin': undefined },
  },
  {
    fact: "an allowed origin is named on every answer, and the function's own CORS headers are dropped",
    source: 'cors',
    request: 'GET /answers?as=cors',
    headers: browser,
    status: 200,
    answerHeaders: {
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-expose-headers': 'etag',
      'access-control-allow-methods': undefined,
    },
  },
];

/** Every fact; grouped only for reading. */
export const conformance: readonly ConformanceFact[] = [...routing, ...events, ...answers, ...rejections, ...browsers];
