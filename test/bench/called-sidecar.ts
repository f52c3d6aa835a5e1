import { startSidecarProcess, type SidecarProcess } from '../support/sidecar-process.fixture.ts';
import { startOwnStore } from '../support/store.fixture.ts';
import { load, startCallees, type Callees, type CallLoad, type CallOutcome } from './call-load.ts';
import { startTenant, type CallingPhone } from './called-tenant.ts';
import { memoryFolder } from './memory-folder.ts';

/** Calls at once, while as many are set up as the server can. */
export const concurrent = 40;

/** A sidecar with a tenant whose phones call one another; the end of a `using` scope ends it. */
export type CalledSidecar = AsyncDisposable & {
  readonly sidecar: SidecarProcess;
  readonly callees: Callees;
  readonly phones: readonly CallingPhone[];
  readonly call: (wanted: CallLoad) => Promise<CallOutcome>;
};

/**
 * Starts a store, a sidecar in a process of its own, and the phones.
 * @param before done with the phones before those that are called have taken their port
 */
export async function startCalledSidecar(
  before: (phones: readonly CallingPhone[], started: AsyncDisposableStack) => Promise<void> = async () => undefined,
): Promise<CalledSidecar> {
  await using started = new AsyncDisposableStack();
  const running = await startOwnStore(memoryFolder());
  started.defer(() => running.stop());
  const sidecar = await startSidecarProcess(running);
  started.defer(() => sidecar.stop());
  const phones = await startTenant(running.store, sidecar.bound.udp);
  await before(phones, started);
  const callees = started.use(startCallees());
  const all = started.move();
  return {
    sidecar,
    callees,
    phones,
    call: (wanted) => load(sidecar.bound.udp, callees, phones, wanted),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
