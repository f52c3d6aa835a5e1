import type { Store } from '#dynamodb/client.ts';
import type { ApiHandler } from '#http/serve.ts';
import { ofFile } from './of-file.ts';
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

/** Starts the function before the first test of the file, and stops its store after the last one. */
export const startService = (createHandler: (dependencies: TestDependencies) => ApiHandler): TestService =>
  ofFile(
    async () => {
      const clock = manualClock(noon.toISOString());
      const { store, stop } = await startStore();
      const handler = createHandler(testDependencies(store, { clock }));
      return { store, stop, clock, handler, tenants: await tenantsIn(store) };
    },
    ({ stop }) => stop(),
  );
