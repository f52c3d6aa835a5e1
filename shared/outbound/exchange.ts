import { Agent as HttpAgent, request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { hostOf, portOf } from './url-rules.ts';

/** One HTTP request to addresses that were checked (shared/outbound/README.md, "Connection"). */
export type Exchange = {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** The addresses of the host that the connection may go to, and no others. */
  readonly addresses: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Bytes of the body of the answer that are read at most. */
  readonly maxBytes: number;
  /** `latin1`: a character for each byte. Absent: UTF-8. */
  readonly encoding?: 'latin1' | undefined;
  /** Ends the request. */
  readonly signal: AbortSignal;
  /** Certificate authorities, in PEM, in place of those of Node. */
  readonly authorities?: readonly string[] | undefined;
};

/** The answer, or how far the request came before it failed. */
export type ExchangeOutcome =
  | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly excerpt: string }
  | { readonly failed: 'connecting' | 'securing' | 'answering'; readonly problem: string };

type Progress = Extract<ExchangeOutcome, { failed: string }>['failed'];

/** Bytes of the status line and headers of an answer. */
const maxHead = 8 * 1_024;
/** Milliseconds until the next address is tried beside one that does not answer (RFC 8305 §5). */
export const addressDelay = 1_000;

/** Headers of the connection and of the body, which callers cannot set; `Host` and `Connection` are always ours. */
const reserved: ReadonlySet<string> = new Set([
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function headersOf({ headers, body, url }: Exchange): Record<string, string> {
  const own = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !reserved.has(name));
  return {
    ...Object.fromEntries(own),
    host: url.host,
    connection: 'close',
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
  };
}

/** A look-up that knows the checked addresses and asks no one. */
export const lookupIn =
  (addresses: readonly string[]): LookupFunction =>
  (_host, { all }, callback) => {
    const found = addresses.map((address) => ({ address, family: isIP(address) }));
    const [{ address, family } = { address: '', family: 0 }] = found;
    if (all === true) callback(null, found);
    else callback(null, address, family);
  };

/** The name in SNI and in the certificate; none for an address (RFC 6066 §3, which has no dot at the end either). */
export const serverName = (host: string): string => (isIP(host) === 0 ? host.replace(/\.$/, '') : '');

function optionsOf(exchange: Exchange): RequestOptions {
  const { url, method, signal, authorities, addresses } = exchange;
  const host = hostOf(url);
  return {
    host,
    port: portOf(url),
    path: `${url.pathname}${url.search}`,
    method,
    headers: headersOf(exchange),
    lookup: lookupIn(addresses),
    maxHeaderSize: maxHead,
    insecureHTTPParser: false,
    signal,
    servername: serverName(host),
    // Not what NODE_TLS_REJECT_UNAUTHORIZED says.
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ...(authorities === undefined ? {} : { ca: [...authorities] }),
  };
}

const agentOptions = {
  keepAlive: false,
  autoSelectFamily: true,
  autoSelectFamilyAttemptTimeout: addressDelay,
} as const;

/** Starts a request on a connection of its own. The agent knows no proxy, whatever the environment says. */
function start(exchange: Exchange): ClientRequest {
  const options = optionsOf(exchange);
  return exchange.url.protocol === 'https:'
    ? requestHttps({ ...options, agent: new HttpsAgent({ ...agentOptions, maxCachedSessions: 0 }) })
    : requestHttp({ ...options, agent: new HttpAgent(agentOptions) });
}

/** The first bytes of the body; fewer if the connection ends or the time is over. */
async function excerptOf(
  response: IncomingMessage,
  { maxBytes, encoding }: Pick<Exchange, 'maxBytes' | 'encoding'>,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= maxBytes) break;
    }
  } catch {
    // The answer is its head; the body is only quoted.
  }
  const bytes = Buffer.concat(chunks).subarray(0, maxBytes);
  // A character that the limit cuts is dropped.
  return encoding === undefined ? new TextDecoder().decode(bytes, { stream: true }) : bytes.toString(encoding);
}

const headersIn = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value = '']) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );

/** Sends a request and reads the answer. A redirect is an answer. Never throws because of the network. */
export function exchangeOnce(exchange: Exchange): Promise<ExchangeOutcome> {
  const { promise, resolve } = Promise.withResolvers<ExchangeOutcome>();
  let progress: Progress = 'connecting';
  let answered = false;
  const request = start(exchange);
  request.on('socket', (socket) => {
    socket.once('connect', () => (progress = exchange.url.protocol === 'https:' ? 'securing' : 'answering'));
    socket.once('secureConnect', () => (progress = 'answering'));
  });
  request.on('response', (response) => {
    answered = true;
    const status = response.statusCode ?? 0;
    void excerptOf(response, exchange).then((excerpt) => {
      request.destroy();
      resolve({ status, headers: headersIn(response), excerpt });
    });
  });
  const fail = (problem: string): void => {
    if (!answered) resolve({ failed: progress, problem });
  };
  request.on('error', ({ message }) => fail(message));
  // Without an error, too: after an upgrade that no one asked for.
  request.on('close', () => fail('the connection was closed'));
  request.end(exchange.body);
  return promise;
}
