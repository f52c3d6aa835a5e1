import { beforeAll } from 'vitest';
import type { Store } from '#dynamodb/client.ts';
import type { ApiHandler } from '#http/serve.ts';
import {
  manualClock,
  noon,
  testDependencies,
  type ManualClock,
  type TestDependencies,
} from './dependencies.fixture.ts';
import { tenantsIn, type Tenants } from './people.fixture.ts';
import { startStore } from './store.fixture.ts';

/** A function with a store, whose clock starts at noon, for all tests of one file. */
export type TestService = {
  readonly store: Store;
  readonly tenants: Tenants;
  readonly handler: ApiHandler;
  readonly clock: ManualClock;
};

/**
 * Starts the function before the first test of the file, and stops its store after the last one.
 *
 * @throws if the service is used outside of a test
 */
export function startService(createHandler: (dependencies: TestDependencies) => ApiHandler): TestService {
  const clock = manualClock(noon.toISOString());
  let started: Omit<TestService, 'clock'> | undefined;
  const service = (): Omit<TestService, 'clock'> => {
    if (started === undefined) throw new Error('the service starts before the first test');
    return started;
  };
  beforeAll(async () => {
    const { store, stop } = await startStore();
    started = { store, tenants: await tenantsIn(store), handler: createHandler(testDependencies(store, { clock })) };
    return stop;
  });
  return {
    clock,
    get store() {
      return service().store;
    },
    get tenants() {
      return service().tenants;
    },
    get handler() {
      return service().handler;
    },
  };
}
