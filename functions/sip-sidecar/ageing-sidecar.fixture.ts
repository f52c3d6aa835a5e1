import { startOwnSidecar } from './sidecar.fixture.ts';

/** A task with a store of its own, whose clock a test advances. */
export async function startAgeingSidecar() {
  let later = 0;
  return {
    ...(await startOwnSidecar({ clock: () => new Date(Date.now() + later) })),
    advance: (milliseconds: number): void => void (later += milliseconds),
  };
}

export type AgeingSidecar = Awaited<ReturnType<typeof startAgeingSidecar>>;
