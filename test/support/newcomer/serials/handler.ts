import { found } from '#errors.ts';
import { commits, created, ok } from '#http/answers/answer.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { createSerial, serials, takeSerialValue } from './contract.ts';
import { advanceSerial } from './serial.ts';
import { createWrites, serialStore, updateWrites } from './store.ts';

export const serialsHandler = (dependencies: Dependencies = dependenciesFromEnvironment()) =>
  serve(
    serials,
    {
      [createSerial.route]: async ({ params: { name }, body, record }) => {
        const { start, step } = body();
        const serial = { name, next: start, step };
        const entity = { type: 'serial', id: name };
        const event = record('serial.created', { entity, description: `Serial ${name} created`, after: serial });
        return commits([...createWrites(serial), event], created(serial));
      },
      [takeSerialValue.route]: async ({ params: { name } }, { table }) => {
        const after = advanceSerial(found(await serialStore(table).get(name), 'Serial'));
        return commits(updateWrites(after), ok(after));
      },
    },
    dependencies,
  );
