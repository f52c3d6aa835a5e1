import { startStore } from '../../test/support/store.fixture.ts';
import { runSidecar } from './sidecar.fixture.ts';

/** A task with a store of its own, whose clock a test advances. */
export async function startAgeingSidecar() {
  await using starting = new AsyncDisposableStack();
  const running = await startStore();
  starting.defer(() => running.stop());
  let later = 0;
  const sidecar = await runSidecar(running.store, {}, { clock: () => new Date(Date.now() + later) });
  starting.defer(() => sidecar.close());
  return {
    store: running.store,
    sidecar,
    /** Ends with the task: what a test opens besides. */
    everything: starting.move(),
    advance: (milliseconds: number): void => void (later += milliseconds),
  };
}

export type AgeingSidecar = Awaited<ReturnType<typeof startAgeingSidecar>>;
