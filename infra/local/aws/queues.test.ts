import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { startHidden } from './queues.ts';

async function startGreeter(port = 0): Promise<Server> {
  const server = createServer((_request, response) => response.end('hello')).listen(port);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

test('the server has no port, and answers the agent', async () => {
  const { started: port, agent } = await startHidden(async () => portOf(await startGreeter()), 2);
  await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow('fetch failed');
  const ask = async () => {
    const [answer] = (await once(request({ agent, host: '127.0.0.1', port }).end(), 'response')) as [IncomingMessage];
    return text(answer);
  };
  expect(await Promise.all(Array.from({ length: 5 }, ask))).toEqual(Array(5).fill('hello'));
  agent.destroy();
});

test('a stranger that connects while it starts is not answered', async () => {
  const stranger = Promise.withResolvers<string>();
  await startHidden(async () => {
    const socket = connect(portOf(await startGreeter()), '127.0.0.1').on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nHost: stranger\r\n\r\n');
    text(socket).then(stranger.resolve, () => stranger.resolve(''));
    await stranger.promise;
  }, 1);
  expect(await stranger.promise).toBe('');
});

test('a server that others open at the same time keeps its port', async () => {
  const begun = Promise.withResolvers<'begun'>();
  const hidden = startHidden(async () => {
    await begun.promise;
    await startGreeter();
  }, 1);
  const other = await startGreeter();
  begun.resolve('begun');
  await hidden;
  expect(await (await fetch(`http://127.0.0.1:${portOf(other)}`)).text()).toBe('hello');
});
