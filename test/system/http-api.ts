import { Agent, request } from 'node:http';
import { connect, operatorToken, type Cloud } from './cloud.ts';
import { startSigner } from './openid-attacker.fixture.ts';
import { runPeers } from './run-peers.ts';
import { peopleIn, storeOf } from './people.ts';
import { omit } from '#schema/omit.ts';
import type { Api, RawReply, RawRequest } from '../support/api.ts';

/** The API of a running local cloud, for generated proofs. */

const agent = new Agent({ keepAlive: true, maxSockets: 4 });

/** Sends requests that `fetch` would reject or correct. */
const sendRaw = (base: string, { method, path, headers, body }: RawRequest): Promise<RawReply> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base);
    const lines = [
      ...headers,
      ...(body === undefined ? [] : [['content-length', String(Buffer.byteLength(body))] as const]),
    ];
    const sent = request(
      { agent, host: hostname, port, method, path, headers: Object.fromEntries(lines) },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          resolve({
            status: answer.statusCode ?? 0,
            headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)])),
            body: Buffer.concat(chunks).toString(),
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });

let signer: ReturnType<typeof startSigner> | undefined;

/** @param operator token of an operator */
export function httpApi(cloud: Cloud = connect(), operator: string = operatorToken()): Api {
  const { outputs, api } = cloud;
  return {
    api,
    operator,
    base: '',
    sendRaw: (sent) => sendRaw(outputs.ApiUrl, sent),
    people: peopleIn(outputs, operator),
    store: storeOf(outputs),
    upload: async ({ url, headers }, body) => {
      // `fetch` sets the length.
      const named = omit(headers, 'Content-Length');
      return (await fetch(url, { method: 'PUT', headers: named, body: new Uint8Array(body) })).status;
    },
    provider: (clientId) => (signer ??= startSigner(runPeers().certificate, clientId)),
    settled: async () => undefined,
  };
}

let shared: Api | undefined;
/** The API of the cloud that all system tests share. */
export const sharedApi = (): Api => (shared ??= httpApi());
