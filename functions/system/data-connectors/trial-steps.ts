import type { signAssertion } from '#credentials/private-key.ts';
import { OutboundFailed, type Outbound, type OutboundAnswer } from '#outbound/outbound.ts';
import type { SecureConnection, SecureConnections } from '#outbound/secure-connection.ts';
import { second } from '#schema/time.ts';
import type { Stage } from './connection-test.ts';
import type { DataConnector, Secrets } from './data-connector.ts';
import { answeredError, shownText } from './foreign-error.ts';
import { bindRequest, NotLdap, readMessage, rootSearch, unbindRequest, type DirectoryMessage } from './ldap-message.ts';
import {
  audienceOf,
  credentialsIn,
  isExpected,
  readRequestOf,
  tokenRequestOf,
  tokensIn,
  tokenUrlOf,
  type ServiceRequest,
  type SignInSettings,
} from './service-request.ts';

/** Tries a connection for real (functions/system/data-connectors/README.md, "Testing a connection"). */

/** Milliseconds for all requests of a test. */
const wholeTimeout = 15 * second;
/** Bytes of an answer, and of all that a directory sends. */
const maxBytes = 64 * 1_024;
/** Seconds for which a signed assertion is valid; Salesforce takes at most 300. */
const assertionTtl = 180;

export type TrialTools = {
  readonly outbound: Pick<Outbound, 'send'>;
  readonly connections: Pick<SecureConnections, 'open'>;
  readonly settings: SignInSettings;
  readonly sign: typeof signAssertion;
  readonly now: Date;
  /** Milliseconds of a clock that never steps. */
  readonly elapsed: () => number;
};

/** What came of a test. */
export type Trial = {
  readonly ok: boolean;
  readonly stage: Stage;
  readonly error: string | null;
  readonly latency_ms: number;
  /** A refresh token that takes the place of the one that was sent. */
  readonly renewedToken: string | undefined;
};

/** A step that failed, in words that may be shown. */
class StepFailed extends Error {
  override name = 'StepFailed';
  readonly stage: Stage;

  constructor(stage: Stage, shown: string) {
    super(shown);
    this.stage = stage;
  }
}

/** A test under way. */
type Course = TrialTools & {
  readonly connector: DataConnector;
  readonly secrets: Secrets;
  /** Everything that is not shown, which grows by the tokens of the test. */
  readonly hidden: string[];
  /** Milliseconds that are left. */
  readonly left: () => number;
  renewedToken: string | undefined;
};

const stageOf = { resolving: 'dns', connecting: 'connect', securing: 'tls' } as const;

/** A failure without an answer, at the step that was under way. */
function stepOf(error: unknown, step: Stage, hidden: readonly string[]): StepFailed {
  if (error instanceof StepFailed) return error;
  if (error instanceof NotLdap) return new StepFailed(step, `no LDAP: ${error.message}`);
  if (!(error instanceof OutboundFailed)) throw error;
  const { code, during, message } = error;
  // What is wrong with a certificate helps; the rest would tell what is reachable at which address.
  const reason = code === 'TLS_FAILED' ? `${code}: ${shownText(message, hidden)}` : code;
  return new StepFailed(during === 'answering' ? step : stageOf[during], reason);
}

async function send(course: Course, step: Stage, request: ServiceRequest): Promise<OutboundAnswer> {
  const { outbound, hidden, left } = course;
  hidden.push(...credentialsIn(request));
  try {
    return await outbound.send({ ...request, timeout: Math.max(1, left()), maxBytes });
  } catch (error) {
    throw stepOf(error, step, hidden);
  }
}

/** An assertion that the private key signs (RFC 7523 §3). */
function assertionFor({ connector, secrets, now, sign }: Course): Promise<string> {
  const issued = Math.floor(now.getTime() / second);
  const claims = {
    issuer: connector.client_id ?? '',
    subject: connector.username ?? '',
    audience: audienceOf(connector),
    issued,
    expires: issued + assertionTtl,
  };
  return sign(claims, secrets.private_key ?? '');
}

/** Signs in, if the connector needs a token. */
async function signIn(course: Course): Promise<string | undefined> {
  const { connector, secrets, settings, hidden } = course;
  const url = tokenUrlOf(connector, settings);
  if (url === undefined) return undefined;
  const assertion = connector.auth_type === 'jwt' ? await assertionFor(course) : undefined;
  if (assertion !== undefined) hidden.push(assertion);
  const { status, excerpt } = await send(course, 'auth', tokenRequestOf(connector, secrets, { url, assertion }));
  const tokens = tokensIn(excerpt);
  hidden.push(...[tokens?.access_token ?? [], tokens?.refresh_token ?? []].flat());
  if (status !== 200) throw new StepFailed('auth', answeredError(status, excerpt, hidden));
  if (tokens === undefined) throw new StepFailed('auth', 'the answer has no access token');
  // Only a refresh token that was sent is replaced.
  if (secrets.token !== undefined && tokens.refresh_token !== secrets.token) course.renewedToken = tokens.refresh_token;
  return tokens.access_token;
}

async function tryService(course: Course): Promise<Stage> {
  const { connector, secrets, hidden } = course;
  const token = await signIn(course);
  const request = readRequestOf(connector, secrets, token);
  if (request === undefined) return 'auth';
  const { status, excerpt } = await send(course, 'query', request);
  const isDenied = status === 401 || status === 403;
  if (status < 200 || status > 299)
    throw new StepFailed(isDenied && token === undefined ? 'auth' : 'query', answeredError(status, excerpt, hidden));
  if (!isExpected(connector, excerpt))
    throw new StepFailed('auth', `HTTP ${status}: the answer names no user of the system`);
  return 'query';
}

/** The messages of a directory, one after another. */
function messagesOf(connection: SecureConnection): () => Promise<DirectoryMessage> {
  let waiting = Buffer.alloc(0);
  return async () => {
    for (;;) {
      const read = readMessage(waiting);
      if (read !== undefined) {
        waiting = Buffer.from(read.rest);
        return read.message;
      }
      waiting = Buffer.concat([waiting, await connection.receive()]);
    }
  };
}

/** Reads up to the result of a request. */
async function resultOf(next: () => Promise<DirectoryMessage>, id: number, kind: 'bind' | 'done') {
  for (;;) {
    const message = await next();
    // RFC 4511 §4.4.1: a notice of disconnection.
    if (message.id === 0 && message.result !== undefined) return message.result;
    if (message.id !== id) throw new NotLdap('the answer belongs to no request');
    if (message.kind === kind && message.result !== undefined) return message.result;
    if (message.kind !== 'entry' || kind !== 'done') throw new NotLdap('the answer belongs to another request');
  }
}

async function tryDirectory(course: Course): Promise<Stage> {
  const { connector, secrets, connections, hidden, left } = course;
  let step: Stage = 'auth';
  const assertSuccess = ({ code, text }: { readonly code: number; readonly text: string }): void => {
    const said = shownText(text, hidden);
    if (code !== 0) throw new StepFailed(step, said === '' ? `LDAP ${code}` : `LDAP ${code}: ${said}`);
  };
  try {
    const connection = await connections.open(connector.server, { timeout: Math.max(1, left()), maxBytes });
    try {
      const next = messagesOf(connection);
      connection.send(bindRequest(1, connector.username ?? '', secrets.password ?? ''));
      assertSuccess(await resultOf(next, 1, 'bind'));
      step = 'query';
      connection.send(rootSearch(2));
      assertSuccess(await resultOf(next, 2, 'done'));
      connection.send(unbindRequest(3));
    } finally {
      connection.close();
    }
  } catch (error) {
    throw stepOf(error, step, hidden);
  }
  return step;
}

/**
 * Tries a connection: signs in and reads something, within 15 seconds. It does not throw for what the other side does.
 * @param secrets opened
 */
export async function tryConnection(connector: DataConnector, secrets: Secrets, tools: TrialTools): Promise<Trial> {
  const start = tools.elapsed();
  const passed = (): number => Math.round(tools.elapsed() - start);
  const course: Course = {
    ...tools,
    connector,
    secrets,
    hidden: Object.values(secrets),
    left: () => wholeTimeout - passed(),
    renewedToken: undefined,
  };
  const end = (outcome: Pick<Trial, 'ok' | 'stage' | 'error'>): Trial => ({
    ...outcome,
    latency_ms: passed(),
    renewedToken: course.renewedToken,
  });
  try {
    const stage = await (connector.kind === 'ldap' ? tryDirectory(course) : tryService(course));
    return end({ ok: true, stage, error: null });
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    return end({ ok: false, stage: error.stage, error: error.message });
  }
}
