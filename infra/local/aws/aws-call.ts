import {
  request as httpRequest,
  type Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import type { Readable } from 'node:stream';
import { emailAction } from './email-call.ts';
import { objectAction } from './object-call.ts';

export type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string };

/** The services of the local cloud, by their names in a SigV4 credential scope. */
const awsServices = ['dynamodb', 'sqs', 'sns', 's3', 'secretsmanager', 'ses', 'sms-voice', 'lambda', 'ecs'] as const;
export type AwsServiceName = (typeof awsServices)[number];

/** Operations of services that do not use the AWS JSON protocols, where `X-Amz-Target` names the operation. */
const operations: Readonly<Partial<Record<AwsServiceName, (call: AwsCall) => string>>> = {
  sns: ({ parameters }) => String(parameters['Action']),
  s3: objectAction,
  ses: emailAction,
  // The only operation that functions use.
  lambda: () => 'InvokeFunction',
};
const targetOf = ({ headers }: AwsCall): string =>
  String(headers['x-amz-target'] ?? '')
    .split('.')
    .at(-1) ?? '';

export type Parameters = Readonly<Record<string, unknown>>;

/** A parameter of type string; empty if it is absent or of another type. */
export function textIn(parameters: Parameters, name: string): string {
  const value = parameters[name];
  return typeof value === 'string' ? value : '';
}

/** A property as the string that an attribute of the API must be. */
export const attributeText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** One call of an AWS client, as received. */
export class AwsCall {
  readonly service: AwsServiceName | null;
  /** For S3, the IAM action. */
  readonly operation: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly method: string;
  /** Path and query, without the host. */
  readonly url: string;
  /** The body of an upload by a link, which may be large and is read as it arrives. `body` is empty then. */
  readonly upload: Readable | undefined;
  #parameters: Parameters | null = null;

  constructor(
    headers: IncomingHttpHeaders,
    body: Buffer | Readable,
    { method = 'POST', url = '/' }: { readonly method?: string; readonly url?: string } = {},
  ) {
    this.headers = headers;
    this.body = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
    this.upload = Buffer.isBuffer(body) ? undefined : body;
    this.method = method;
    this.url = url;
    const signedFor = credentialOf(this)?.service;
    this.service = awsServices.find((name) => name === signedFor) ?? null;
    this.operation = ((this.service && operations[this.service]) ?? targetOf)(this);
  }

  /** The operation's input, parsed at the first access. @throws SyntaxError if the body is not of its protocol */
  get parameters(): Parameters {
    this.#parameters ??=
      this.service === 'sns'
        ? Object.fromEntries(new URLSearchParams(this.body.toString()))
        : (JSON.parse(this.body.toString()) as Parameters);
    return this.#parameters;
  }

  /** The same call with other input. */
  with(parameters: Parameters): AwsCall {
    return new AwsCall(this.headers, Buffer.from(JSON.stringify(parameters)));
  }
}

/**
 * The access key and service that signed the call, from a header or a link (SigV4:
 * `Credential=<key>/<day>/<region>/<service>/aws4_request`).
 */
export function credentialOf({
  headers,
  url,
}: Pick<AwsCall, 'headers' | 'url'>): { accessKeyId: string; service: string } | null {
  const signed = headers.authorization ?? url.replaceAll('%2F', '/');
  const [, accessKeyId, service] = /Credential=([^/,\s]+)\/\d*\/[^/]*\/([^/]+)\//.exec(signed) ?? [];
  return accessKeyId === undefined || service === undefined ? null : { accessKeyId, service };
}

/** Whether a request is signed in its URL, and so made by the holder of a link. */
export const isLink = ({ headers, url = '' }: Pick<IncomingMessage, 'headers' | 'url'>): boolean =>
  headers.authorization === undefined && url.includes('X-Amz-Signature=');

/** `lost`: the operation was done, but the connection breaks before the answer. */
export type AwsAnswer = {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer | string;
  /** A large body, in place of `body`; the headers give its length. */
  readonly stream?: Readable;
  readonly lost?: boolean;
};

export type AwsService = (call: AwsCall) => Promise<AwsAnswer>;

/** An answer of the AWS JSON protocols. */
export const json = (status: number, content: unknown, headers: OutgoingHttpHeaders = {}): AwsAnswer => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.0', ...headers },
  body: JSON.stringify(content),
});

/**
 * An error in the form of the AWS JSON protocols.
 * @param type name of the exception, which is the name of the SDK's error class
 */
export const failure = (status: number, type: string, message: string, more: Parameters = {}): AwsAnswer =>
  json(
    status,
    { __type: type, message, ...more },
    { 'x-amzn-query-error': `${type.split('#').at(-1)};${status < 500 ? 'Sender' : 'Receiver'}` },
  );

/** A service behind an HTTP server. @param agent makes its connections, and keeps them open */
export function remoteService(endpoint: URL, agent: Agent): AwsService & { end(): void } {
  const forward = (call: AwsCall) =>
    new Promise<AwsAnswer>((resolve, reject) => {
      const { 'transfer-encoding': chunked, ...kept } = call.headers;
      const headers = { ...kept, host: endpoint.host, connection: 'keep-alive', 'content-length': call.body.length };
      const outgoing = httpRequest(
        {
          agent,
          host: endpoint.hostname,
          port: endpoint.port,
          path: call.service === 's3' ? call.url : '/',
          method: call.method,
          headers,
        },
        (incoming) => {
          collect(incoming).then(
            (body) => resolve({ status: incoming.statusCode ?? 500, headers: headersOf(incoming), body }),
            reject,
          );
        },
      );
      outgoing.on('error', reject);
      outgoing.end(call.body);
    });
  return Object.assign(forward, { end: () => agent.destroy() });
}

function headersOf(incoming: IncomingMessage): OutgoingHttpHeaders {
  const { connection, 'keep-alive': keepAlive, 'transfer-encoding': transferEncoding, ...headers } = incoming.headers;
  return headers;
}

/** The whole body of a request or an answer. Rejects if the sender aborts. */
export function collect(message: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => resolve(Buffer.concat(chunks)));
    message.on('error', reject);
  });
}

/** The local cloud's own calls to a store, in the store's JSON protocol. */
export type StoreClient = (target: string, parameters: Parameters) => Promise<Parameters>;

/** A store rejected a call of the local cloud itself. */
export class StoreRejection extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** A client for the local cloud's own calls. Rejects with StoreRejection if the store rejects the call. */
export function storeClient(store: AwsService): StoreClient {
  return async (target, parameters) => {
    const service = target.startsWith('AmazonSQS') ? 'sqs' : 'dynamodb';
    // The stores check the form of a signature, not its value.
    const credential = `local/20260101/us-east-1/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`;
    const headers = {
      'x-amz-target': target,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-date': '20260101T000000Z',
      authorization,
    };
    const answer = await store(new AwsCall(headers, Buffer.from(JSON.stringify(parameters))));
    const content = JSON.parse(answer.body.toString() || '{}') as Parameters;
    if (answer.status === 200) return content;
    throw new StoreRejection(
      String(content['__type']).split('#').at(-1) ?? '',
      String(content['message'] ?? content['Message']),
    );
  };
}
