import { ofFile } from '#test/support/of-file.ts';
import { startOwnSidecar } from './sidecar.fixture.ts';

async function startAgeingSidecar() {
  let later = 0;
  return {
    ...(await startOwnSidecar({ clock: () => new Date(Date.now() + later) })),
    advance: (milliseconds: number): void => void (later += milliseconds),
  };
}

/** A task with a store of its own for all tests of a file, which advance its clock. */
export const ageingSidecar = () => ofFile(startAgeingSidecar, ({ everything }) => everything.disposeAsync());

export type AgeingSidecar = ReturnType<typeof ageingSidecar>;
