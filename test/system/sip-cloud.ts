import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import { connect, newOperator, outputsFileIn, startCloud, type Cloud, type OwnCloud } from './cloud.ts';

/**
 * The cloud that system tests of calls share: two tasks of the sidecar, and a media relay where one is installed. The
 * first test that asks for it starts it, so that a run without such a test does not.
 */

/** Calls of one machine, from which all tests send, to providers, webhooks and webpages on it. */
const settings = { SIDECARS: '2', MEDIA_RELAY: '', RATE_LIMIT_SCALE: '20', OUTBOUND_ALLOW_PRIVATE: '1' };

const Started = z.object({ outputs: z.string(), operator: z.string() });

/** Where the workers of a run ask for the cloud. */
const variable = 'SIP_CLOUD';

/**
 * Answers each worker of the run with the one cloud. Called in the process that starts the workers, which inherit its
 * environment.
 * @param env further environment of the cloud
 * @returns a function that stops the cloud, if it was started
 */
export async function serveSipCloud(env: NodeJS.ProcessEnv = {}): Promise<() => Promise<void>> {
  let cloud: Promise<OwnCloud> | undefined;
  const start = async (): Promise<z.input<typeof Started>> => {
    const running = await (cloud ??= startCloud({ ...settings, ...env }));
    return { outputs: outputsFileIn(running.dataDir), operator: await newOperator(running) };
  };
  let started: ReturnType<typeof start> | undefined;
  const server = createServer((_request, response) => {
    // A connection that waits for the next request could close while that is sent.
    response.setHeader('connection', 'close');
    (started ??= start()).then(
      (body) => void response.end(JSON.stringify(body)),
      (error: unknown) => void response.writeHead(500).end(String(error)),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  process.env[variable] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return async () => {
    server.close();
    await cloud?.then(
      (running) => running.stop(),
      // Each test that asked for it has failed with the reason.
      () => undefined,
    );
  };
}

/** The shared cloud with two tasks, and the token of an operator. @throws if it does not start */
export async function sipCloud(): Promise<{ readonly cloud: Cloud; readonly operator: string }> {
  const url = process.env[variable];
  if (url === undefined) throw new Error(`${variable} is not set: test/system/global-setup.ts serves the cloud`);
  const answer = await fetch(url);
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  const { outputs, operator } = Started.parse(JSON.parse(text));
  return { cloud: connect(outputs), operator };
}
