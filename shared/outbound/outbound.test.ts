import { afterEach, describe, expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import { certificateFor, httpAt, httpsAt, tcpAt, type Listener } from '#test/support/listeners.fixture.ts';
import {
  anywhere,
  assertAllowedUrl,
  newOutbound,
  OutboundFailed,
  outboundFromEnvironment,
  publicOnly,
  type Outbound,
  type OutboundDependencies,
  type OutboundRequest,
} from './outbound.ts';

const listeners: Listener[] = [];
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.close()));
});

async function opened(listening: Promise<Listener>): Promise<Listener> {
  const listener = await listening;
  listeners.push(listener);
  return listener;
}

const names = (addresses: Readonly<Record<string, readonly string[]>>) => async (name: string) => addresses[name] ?? [];

/** Requests to any address, whose names are as given. */
const outboundOf = (dependencies: Partial<OutboundDependencies> = {}): Outbound =>
  newOutbound({ policy: anywhere, lookup: names({ 'hooks.example.com': ['127.0.0.1'] }), ...dependencies });

const post = (url: string, more: Partial<OutboundRequest> = {}): OutboundRequest => ({
  method: 'POST',
  url,
  headers: { 'Content-Type': 'application/json' },
  body: '{"a":"ü"}',
  timeout: 5_000,
  maxBytes: 1_024,
  ...more,
});

const failureOf = (sent: Promise<unknown>): Promise<string> =>
  sent.then(
    () => 'answered',
    (error: unknown) => (error instanceof OutboundFailed ? error.code : `another error: ${String(error)}`),
  );

describe('a request', () => {
  test('is sent with its headers and body, and its answer is read', async () => {
    const seen: unknown[] = [];
    const { port } = await opened(
      httpAt((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          seen.push(request.method, request.url, request.headers, Buffer.concat(chunks).toString());
          response.writeHead(202, { 'Retry-After': '5', 'Set-Cookie': ['a=1', 'b=2'] }).end('taken');
        });
      }),
    );
    const answer = await outboundOf().send(post(`http://hooks.example.com:${port}/a?b=1`));
    expect(seen).toEqual([
      'POST',
      '/a?b=1',
      {
        host: `hooks.example.com:${port}`,
        'content-type': 'application/json',
        'content-length': '10',
        connection: 'close',
      },
      '{"a":"ü"}',
    ]);
    expect(answer).toMatchObject({ status: 202, excerpt: 'taken', duration_ms: expect.any(Number) });
    expect(answer.headers).toMatchObject({ 'retry-after': '5', 'set-cookie': 'a=1, b=2' });
  });

  test('cannot set the headers of the connection', async () => {
    const seen: unknown[] = [];
    const { port } = await opened(
      httpAt(({ headers }, response) => {
        seen.push(headers);
        response.end();
      }),
    );
    const headers = { HOST: 'other', 'Content-Length': '1', 'Transfer-encoding': 'chunked', Expect: '100-continue' };
    await outboundOf().send(post(`http://hooks.example.com:${port}/`, { headers }));
    expect(seen).toEqual([{ host: `hooks.example.com:${port}`, 'content-length': '10', connection: 'close' }]);
  });

  test('does not follow a redirect', async () => {
    const secret = await opened(httpAt((_request, response) => void response.end('secret')));
    const location = `http://127.0.0.1:${secret.port}/`;
    const { port } = await opened(
      httpAt((_request, response) => void response.writeHead(307, { Location: location }).end()),
    );
    const answer = await outboundOf().send(post(`http://hooks.example.com:${port}/`));
    expect([answer.status, answer.headers['location'], secret.connections()]).toEqual([307, location, 0]);
  });

  test('uses a connection of its own', async () => {
    const listener = await opened(httpAt((_request, response) => void response.end()));
    const outbound = outboundOf();
    for (let times = 0; times < 3; times += 1) await outbound.send(post(`http://hooks.example.com:${listener.port}/`));
    expect(listener.connections()).toBe(3);
  });
});

describe('an answer', () => {
  const answering = (serve: Parameters<typeof tcpAt>[0]) => opened(tcpAt(serve));
  const head = 'HTTP/1.1 200 OK\r\n';

  test('is read up to the limit, between characters', async () => {
    const { port } = await opened(httpAt((_request, response) => void response.end(`abc€${'x'.repeat(100_000)}`)));
    const url = `http://hooks.example.com:${port}/`;
    const excerpts = await Promise.all(
      [3, 4, 5, 6].map(async (maxBytes) => (await outboundOf().send(post(url, { maxBytes }))).excerpt),
    );
    expect(excerpts).toEqual(['abc', 'abc', 'abc', 'abc€']);
  });

  test.each([
    ['has an endless body', 'x'.repeat(1_024), 30_000, 10_000],
    ['drips its body', 'x', 3_000, 20_000],
  ])('that %s counts by its head', async (_what, chunk, timeout, longest) => {
    const { port } = await answering((socket) => {
      socket.write(`${head}\r\n`);
      const timer = setInterval(() => void socket.write(chunk), 20);
      socket.on('close', () => clearInterval(timer));
    });
    const answer = await outboundOf().send(post(`http://hooks.example.com:${port}/`, { timeout }));
    expect([answer.status, /^x+$/.test(answer.excerpt)]).toEqual([200, true]);
    expect(answer.excerpt.length).toBeLessThanOrEqual(1_024);
    expect(answer.duration_ms).toBeLessThan(longest);
  });

  test('that breaks off in its body counts by its head', async () => {
    const { port } = await answering(
      (socket) =>
        void socket.once('data', () => {
          socket.write(`${head}Content-Length: 100\r\n\r\npart`, () => void socket.resetAndDestroy());
        }),
    );
    const { status } = await outboundOf().send(post(`http://hooks.example.com:${port}/`));
    expect(status).toBe(200);
  });

  test('that drips its head fails', async () => {
    const { port } = await answering((socket) => {
      socket.write(`${head}a: `);
      const timer = setInterval(() => void socket.write('a'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    const request = post(`http://hooks.example.com:${port}/`, { timeout: 300 });
    expect(await failureOf(outboundOf().send(request))).toBe('TIMEOUT');
  });

  test.each([
    [7_000, 'answered'],
    [9_000, 'CONNECTION_CLOSED'],
  ])('whose head has %i bytes: %s', async (size, outcome) => {
    const { port } = await answering((socket) => void socket.end(`${head}a: ${'a'.repeat(size)}\r\n\r\n`));
    expect(await failureOf(outboundOf().send(post(`http://hooks.example.com:${port}/`)))).toBe(outcome);
  });

  test.each([
    ['is reset', (socket) => void socket.once('data', () => socket.resetAndDestroy())],
    ['is closed without an answer', (socket) => void socket.once('data', () => socket.end())],
    ['is not HTTP', (socket) => void socket.end('SSH-2.0-OpenSSH\r\n')],
    ['is upgraded', (socket) => void socket.write('HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n')],
  ] satisfies [string, Parameters<typeof tcpAt>[0]][])('fails if the connection %s', async (_what, serve) => {
    const { port } = await answering(serve);
    expect(await failureOf(outboundOf().send(post(`http://hooks.example.com:${port}/`)))).toBe('CONNECTION_CLOSED');
  });

  test('does not come from a peer that reads nothing', async () => {
    const { port } = await answering((socket) => void socket.pause());
    const request = post(`http://hooks.example.com:${port}/`, { body: 'x'.repeat(20_000_000), timeout: 300 });
    expect(await failureOf(outboundOf().send(request))).toBe('TIMEOUT');
  });
});

describe('a connection', () => {
  test('fails where no one listens', async () => {
    const { port, close } = await tcpAt(() => undefined);
    await close();
    expect(await failureOf(outboundOf().send(post(`http://hooks.example.com:${port}/`)))).toBe('CONNECT_FAILED');
  });

  test('tries the next address', async () => {
    const { port } = await opened(httpAt((_request, response) => void response.end()));
    const lookup = names({ 'hooks.example.com': ['127.0.0.9', '127.0.0.1'] });
    const { status } = await outboundOf({ lookup }).send(post(`http://hooks.example.com:${port}/`));
    expect(status).toBe(200);
  });

  test('waits for the look-up no longer than the timeout', async () => {
    const never = newOutbound({ policy: anywhere, lookup: () => new Promise(() => undefined) });
    expect(await failureOf(never.send(post('http://hooks.example.com/', { timeout: 50 })))).toBe('TIMEOUT');
  });

  test('fails if the name has no address, or cannot be resolved', async () => {
    const broken = outboundOf({ lookup: () => Promise.reject(new Error('SERVFAIL')) });
    expect(await failureOf(outboundOf().send(post('http://nowhere.example.com/')))).toBe('DNS_FAILED');
    expect(await failureOf(broken.send(post('http://hooks.example.com/')))).toBe('DNS_FAILED');
  });
});

describe('TLS', () => {
  const trusted = certificateFor('hooks.example.com', '127.0.0.1');
  const send = async (url: (port: number) => string, certificate = trusted, authorities = [certificate.cert]) => {
    const seen: unknown[] = [];
    const { port } = await opened(
      httpsAt(certificate, (request, response) => {
        seen.push(request.headers.host, 'servername' in request.socket ? request.socket.servername : undefined);
        response.end();
      }),
    );
    const outbound = outboundOf({
      authorities,
      lookup: names({ 'hooks.example.com': ['127.0.0.1'], 'hooks.example.com.': ['127.0.0.1'] }),
    });
    const outcome = await failureOf(outbound.send(post(url(port))));
    return { outcome, seen, port };
  };

  test('is for the name, in SNI, Host and certificate', async () => {
    const { outcome, seen, port } = await send((at) => `https://hooks.example.com:${at}/`);
    expect([outcome, seen]).toEqual(['answered', [`hooks.example.com:${port}`, 'hooks.example.com']]);
  });

  test('is for the address if the URL has one', async () => {
    const { outcome, seen, port } = await send((at) => `https://127.0.0.1:${at}/`);
    expect([outcome, seen]).toEqual(['answered', [`127.0.0.1:${port}`, false]]);
  });

  test('has no dot at the end of its name', async () => {
    const { outcome, seen, port } = await send((at) => `https://hooks.example.com.:${at}/`);
    expect([outcome, seen]).toEqual(['answered', [`hooks.example.com.:${port}`, 'hooks.example.com']]);
  });

  test.each([
    ['for another name', certificateFor('other.example.com'), undefined],
    ['that no authority signed', trusted, []],
  ])('fails with a certificate %s', async (_what, certificate, authorities) => {
    const { outcome, seen } = await send((at) => `https://hooks.example.com:${at}/`, certificate, authorities);
    expect([outcome, seen]).toEqual(['TLS_FAILED', []]);
  });

  test('fails where the peer speaks none', async () => {
    const { port } = await opened(tcpAt((socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\n')));
    expect(await failureOf(outboundOf().send(post(`https://hooks.example.com:${port}/`)))).toBe('TLS_FAILED');
  });
});

describe('a URL', () => {
  const guard = newOutbound({
    policy: publicOnly,
    lookup: names({ 'hooks.example.com': ['8.8.8.8'], 'inside.example.com': ['8.8.8.8', '10.0.0.1'] }),
  });
  const rejection = async (url: string): Promise<unknown> =>
    assertAllowedUrl(guard, url, 'callback_url').then(
      () => 'accepted',
      (error: unknown) => (error instanceof AppError ? [error.code, error.status, error.details] : error),
    );
  const rejected = (message: string) => ['WEBHOOK_URL_NOT_ALLOWED', 422, [{ path: 'callback_url', message }]];

  test('is accepted if requests may go to all of its addresses', async () => {
    expect(await rejection('https://hooks.example.com/x')).toBe('accepted');
    expect(await rejection('https://inside.example.com/x')).toEqual(rejected('must have public addresses only'));
    expect(await rejection('https://10.0.0.1/')).toEqual(rejected('must have public addresses only'));
    expect(await rejection('http://hooks.example.com/x')).toEqual(rejected('must use https'));
  });

  test('is accepted if its name cannot be resolved now', async () => {
    expect(await rejection('https://nowhere.example.com/x')).toBe('accepted');
  });

  test('may be private only with OUTBOUND_ALLOW_PRIVATE=1', async () => {
    const codes = ['1', 'true', '0', undefined].map(async (value) => {
      const outbound = outboundFromEnvironment(value === undefined ? {} : { OUTBOUND_ALLOW_PRIVATE: value });
      return [
        (await outbound.check('http://127.0.0.1:3000/'))?.code,
        (await outbound.check('https://127.0.0.1/'))?.code,
      ];
    });
    const refused = ['URL_NOT_ALLOWED', 'ADDRESS_NOT_ALLOWED'];
    expect(await Promise.all(codes)).toEqual([[undefined, undefined], refused, refused, refused]);
  });
});
