import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '#errors.ts';
import { Contention } from '#dynamodb/commit.ts';
import { isHeld } from '#dynamodb/update-item.ts';
import { commits, commitsThenThrows, created, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { createSequence, deleteSequence, getSequence, sequences, takeSequenceBlock } from './contract.ts';
import {
  assertActive,
  assertFits,
  lastBlock,
  newSequence,
  presentSequence,
  sequenceErrors,
  startOfBlock,
  type Sequence,
} from './sequence.ts';
import { createWrites, deleteWrites, exhaustedWrite, sequenceStore, takeAtOppositeBound, takeNext } from './store.ts';

type SequencesContext = Context<typeof sequences>;

const entityOf = ({ name }: Sequence) => ({ type: 'sequence', id: name });

/** @throws AppError NOT_FOUND */
const findSequence = async ({ name }: { readonly name: string }, { table }: SequencesContext): Promise<Sequence> =>
  assertActive(await sequenceStore(table).get(name));

async function createOne(request: Request<typeof createSequence>, { table }: SequencesContext) {
  const { params, body, now, record } = request;
  const before = await sequenceStore(table).get(params.name);
  if (before?.state === 'active')
    throw new AppError(sequenceErrors.SEQUENCE_EXISTS, `A sequence named ${params.name} exists`);
  const sequence = newSequence(params.name, body(), now.toISOString(), before);
  return commits(
    [
      ...createWrites(sequence, before),
      record('sequence.created', {
        entity: entityOf(sequence),
        description: `Sequence ${sequence.name} created`,
        after: sequence,
      }),
    ],
    created(presentSequence(sequence), {
      message: 'Sequence created successfully',
      version: sequence.version,
    }),
  );
}

/** How often a block is tried, while others take the last ones of a range or delete the sequence. */
const maxAttempts = 16;
/** Milliseconds. */
const attemptPause = 10;

async function take(request: Request<typeof takeSequenceBlock>, context: SequencesContext) {
  const { body, organization, now } = request;
  const { count } = body();
  const { store } = context.dependencies;
  const taking = { organization: organization.org_id, count, now: now.toISOString() };
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const read = await findSequence(request.params, context);
    assertFits(read, count);
    const start = startOfBlock(read, count);
    if (start === 'none') return exhausted(read, request);
    const taken = await (start === 'next' ? takeNext : takeAtOppositeBound)(store, read, taking).catch(
      (error: unknown) => {
        if (isHeld(error)) return undefined;
        throw error;
      },
    );
    if (taken?.done === true && taken.item !== undefined) return ok(lastBlock(taken.item, count));
    await pause(context.random() * attempt * attemptPause);
  }
  throw new Contention();
}

/** The end is reported once. */
function exhausted(sequence: Sequence, { record, body }: Request<typeof takeSequenceBlock>) {
  const { name } = sequence;
  const error = new AppError(sequenceErrors.SEQUENCE_EXHAUSTED, `${name} has fewer than ${body().count} numbers left`);
  if (sequence.exhausted) throw error;
  const ended = record('sequence.exhausted', {
    entity: entityOf(sequence),
    description: `Sequence ${name} has ended`,
    after: presentSequence(sequence),
  });
  return commitsThenThrows([exhaustedWrite(sequence), ended], error);
}

async function remove(request: Request<typeof deleteSequence>, context: SequencesContext) {
  const { now, record, pinnedVersion } = request;
  const sequence = await findSequence(request.params, context);
  assertPinnedVersion(sequence, pinnedVersion);
  return commits(
    [
      ...deleteWrites(sequence, now.toISOString(), pinnedVersion),
      record('sequence.deleted', {
        entity: entityOf(sequence),
        description: `Sequence ${sequence.name} deleted`,
        before: sequence,
      }),
    ],
    ok({ id: sequence.name, deleted_at: now.toISOString() }, { message: 'Sequence deleted successfully' }),
  );
}

/** The function of `/sequence`. */
export const sequencesHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    sequences,
    {
      [getSequence.route]: async (request, context) => {
        const sequence = await findSequence(request.params, context);
        return ok(presentSequence(sequence), { version: sequence.version });
      },
      [createSequence.route]: createOne,
      [takeSequenceBlock.route]: take,
      [deleteSequence.route]: remove,
    },
    dependencies,
  );

export const handler = sequencesHandler();
