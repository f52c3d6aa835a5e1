import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** What all workers of a run share, kept by the process that starts them: they ask for it by name. */

/** Answers a worker; both bodies are JSON. */
export type SetupService = (body: unknown) => Promise<unknown>;

/** Where workers ask, which inherit the environment of that process. */
const variable = 'SETUP_SERVICES';

/** Answers the workers of the run. @returns ends that */
export async function serveWorkers(services: Readonly<Record<string, SetupService>>): Promise<() => void> {
  const server = createServer((request, response) => {
    // A connection that waits for the next request could close while that is sent.
    response.setHeader('connection', 'close');
    const name = request.url?.slice(1) ?? '';
    const answer = async (): Promise<unknown> => {
      const service = services[name];
      if (service === undefined) throw new Error(`test/system/global-setup.ts serves no ${name}`);
      return service(await json(request));
    };
    answer().then(
      (body) => void response.end(JSON.stringify(body)),
      (error: unknown) => void response.writeHead(500).end(String(error)),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  process.env[variable] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return () => void server.close();
}

/** Asks the process that started this worker. @throws what the service throws */
export async function askSetup(name: string, body: unknown = {}): Promise<unknown> {
  const url = process.env[variable];
  if (url === undefined) throw new Error(`${variable} is not set: test/system/global-setup.ts serves the workers`);
  const answer = await fetch(`${url}/${name}`, { method: 'POST', body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return JSON.parse(text);
}
