import { beforeAll } from 'vitest';

/**
 * Starts something before the first test of a file, and stops it after the last one.
 *
 * @returns what is started; no instance of a class with private fields
 * @throws Error if it is read outside of tests, and of the `beforeAll` that follow
 */
export function ofFile<Started extends object>(
  start: () => Promise<Started>,
  stop: (started: Started) => Promise<unknown>,
): Started {
  let started: Started | undefined;
  beforeAll(async () => {
    const made = await start();
    started = made;
    return async () => void (await stop(made));
  });
  return new Proxy({} as Started, {
    get: (_none, name): unknown => {
      if (started === undefined) throw new Error('it starts before the first test');
      return Reflect.get(started, name);
    },
  });
}
