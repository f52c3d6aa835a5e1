import { found } from '#errors.ts';
import { commits, created, ok } from '#http/answers/answer.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { createSequence, sequences, takeSequenceValue } from './contract.ts';
import { advanceSequence } from './sequence.ts';
import { createWrites, sequenceStore, updateWrites } from './store.ts';

export const sequencesHandler = (dependencies: Dependencies = dependenciesFromEnvironment()) =>
  serve(
    sequences,
    {
      [createSequence.route]: async ({ params: { name }, body, record }) => {
        const { start, step } = body();
        const sequence = { name, next: start, step };
        const entity = { type: 'sequence', id: name };
        const event = record('sequence.created', { entity, description: `Sequence ${name} created`, after: sequence });
        return commits([...createWrites(sequence), event], created(sequence));
      },
      [takeSequenceValue.route]: async ({ params: { name } }, { table }) => {
        const after = advanceSequence(found(await sequenceStore(table).get(name), 'Sequence'));
        return commits(updateWrites(after), ok(after));
      },
    },
    dependencies,
  );
