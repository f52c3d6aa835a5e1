import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { memoryObjects } from '../../test/support/objects.fixture.ts';
import { needs } from '../../test/support/tools.ts';
import { freePort } from '../../infra/local/lambda/services.ts';
import { startRelay, type Relay } from './relay.ts';
import { settingsFrom } from './settings.ts';

needs('rtpengine');

const started = async (more: Readonly<Record<string, string>> = {}) => {
  const first = randomInt(8_000, 15_900) * 2;
  const environment = {
    MEDIA_ADDRESS: '127.0.0.1',
    MEDIA_PORTS: `${first}-${first + 40}`,
    PORT_NG: String(await freePort()),
    PORT_HEALTH: String(await freePort()),
    HEALTH_HOST: '127.0.0.1',
    ...more,
  };
  const printed: string[] = [];
  const relay = await startRelay(settingsFrom(environment), {
    environment,
    print: (line) => void printed.push(line),
    fault: () => undefined,
    objects: memoryObjects(),
  });
  const status = async (path: string) => (await fetch(`http://127.0.0.1:${environment.PORT_HEALTH}${path}`)).status;
  return { relay, status, ng: environment.PORT_NG };
};

/** Ends rtpengine as the kernel does when memory is short. */
const killEngine = (ng: string): void => void execFileSync('pkill', ['-KILL', '-f', `listen-ng=127.0.0.1:${ng} `]);

const isOver = async ({ ended }: Relay): Promise<number | NodeJS.Signals | null> => ended;

describe('a media relay', () => {
  test('is ready when rtpengine answers, and ends with it', async () => {
    const { relay, status } = await started();
    expect(await status('/live')).toBe(200);
    await eventually(async () => (await status('/ready')) === 200, 20_000);
    expect([relay.sessions(), await status('/other')]).toEqual([0, 404]);
    await relay.close();
    expect(await isOver(relay)).toBe(0);
  });

  test('notices that rtpengine has ended', async () => {
    const { relay, status, ng } = await started();
    await eventually(async () => (await status('/ready')) === 200, 20_000);
    killEngine(ng);
    expect(await isOver(relay)).toBe('SIGKILL');
    await eventually(async () => (await status('/ready')) === 503, 20_000);
    await relay.close();
  });

  test('needs an address, or a task that has one', async () => {
    await expect(
      startRelay(settingsFrom({}), {
        environment: {},
        print: () => undefined,
        fault: () => undefined,
        objects: memoryObjects(),
      }),
    ).rejects.toThrow('MEDIA_ADDRESS');
  });
});
