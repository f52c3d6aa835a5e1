import { test } from 'vitest';
import { agreesWithWalks } from '#telephony/schedule.fixture.ts';

/** `npm test` compares 4,000 instants. */
const instants = Number(process.env['INSTANTS'] ?? 100_000);
const seed = Number(process.env['SEED'] ?? 1);

test(`at ${instants} instants of ten years schedules agree with walks over what the wall clock shows`, () => {
  agreesWithWalks(instants, seed);
});
