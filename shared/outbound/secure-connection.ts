import type { TcpNetConnectOpts } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { addressDelay, lookupIn, serverName } from './exchange.ts';
import {
  checkTimeout,
  failures,
  locate,
  OutboundFailed,
  reachFromEnvironment,
  type Outbound,
  type OutboundDependencies,
  type OutboundProgress,
} from './outbound.ts';
import { hostOf, portOf, readDirectoryUrl } from './url-rules.ts';

/** TLS connections to directories that tenants configure (shared/outbound/README.md, "Directories"). */

/** A connection to a checked address, with the certificate of the name. */
export type SecureConnection = {
  readonly send: (bytes: Uint8Array) => void;
  /**
   * The next bytes, as they come.
   * @throws OutboundFailed TIMEOUT; CONNECTION_CLOSED, also if the other side sends more than `maxBytes`
   */
  readonly receive: () => Promise<Buffer>;
  readonly close: () => void;
};

type Limits = {
  /** Milliseconds for everything, from the look-up to the last byte. */
  readonly timeout: number;
  /** Bytes that are received at most. */
  readonly maxBytes: number;
};

export type SecureConnections = Pick<Outbound, 'check'> & {
  /** @throws OutboundFailed */
  readonly open: (url: string, limits: Limits) => Promise<SecureConnection>;
};

/** The chunks of a socket: read on demand, so that no more than a chunk waits in memory. */
function receiverOf(socket: TLSSocket, maxBytes: number, fail: (problem: string) => OutboundFailed) {
  const chunks: AsyncIterator<Buffer> = socket[Symbol.asyncIterator]();
  let received = 0;
  return async (): Promise<Buffer> => {
    const next = await chunks.next().catch((error: unknown) => {
      throw fail(error instanceof Error ? error.message : String(error));
    });
    if (next.done === true) throw fail('the connection was closed');
    received += next.value.length;
    if (received <= maxBytes) return next.value;
    socket.destroy();
    throw fail(`the other side sent more than ${maxBytes} bytes`);
  };
}

/** TLS connections by these rules. */
export function newSecureConnections(dependencies: OutboundDependencies): SecureConnections {
  const { policy, authorities } = dependencies;
  const targetOf = (text: string, signal: AbortSignal) =>
    locate(readDirectoryUrl(text, policy.urls), dependencies, signal);

  return {
    check: async (text) => {
      const located = await targetOf(text, AbortSignal.timeout(checkTimeout));
      return 'code' in located ? located : null;
    },
    open: async (text, { timeout, maxBytes }) => {
      const start = performance.now();
      const passed = (): number => Math.round(performance.now() - start);
      const signal = AbortSignal.timeout(timeout);
      const target = await targetOf(text, signal);
      if ('code' in target) throw new OutboundFailed(target.code, `The URL ${target.message}`, passed(), 'resolving');
      const host = hostOf(target.url);
      let progress: Exclude<OutboundProgress, 'resolving'> = 'connecting';
      const fail = (problem: string): OutboundFailed =>
        new OutboundFailed(signal.aborted ? 'TIMEOUT' : failures[progress], problem, passed(), progress);
      const options: ConnectionOptions & TcpNetConnectOpts = {
        host,
        port: portOf(target.url),
        lookup: lookupIn(target.addresses),
        autoSelectFamily: true,
        autoSelectFamilyAttemptTimeout: addressDelay,
        servername: serverName(host),
        // Not what NODE_TLS_REJECT_UNAUTHORIZED says.
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
        ...(authorities === undefined ? {} : { ca: [...authorities] }),
      };
      const socket = connect(options);
      signal.addEventListener('abort', () => socket.destroy(new Error('timeout')), { once: true });
      const { promise, resolve, reject } = Promise.withResolvers<SecureConnection>();
      socket.once('connect', () => (progress = 'securing'));
      socket.on('error', ({ message }: Error) => reject(fail(message)));
      socket.once('close', () => reject(fail('the connection was closed')));
      socket.once('secureConnect', () => {
        progress = 'answering';
        resolve({
          send: (bytes) => void socket.write(bytes),
          receive: receiverOf(socket, maxBytes, fail),
          close: () => void socket.destroy(),
        });
      });
      return promise;
    },
  };
}

/** Connections to what the environment allows. */
export const secureConnectionsFromEnvironment = (environment: NodeJS.ProcessEnv = process.env): SecureConnections =>
  newSecureConnections(reachFromEnvironment(environment));
