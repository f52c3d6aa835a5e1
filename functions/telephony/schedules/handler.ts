import { rowsOf } from '#dynamodb/stored-rows.ts';
import { found } from '#errors.ts';
import { ok } from '#http/answers/answer.ts';
import { serve } from '#http/serve.ts';
import { handlersOf } from '#http/stored-handlers.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { datesChange } from './calendar-file.ts';
import { getScheduleState, schedule, schedules } from './contract.ts';
import { stateAtInstant } from './state-at-instant.ts';

export const schedulesHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    schedules,
    {
      ...handlersOf(schedule, { fieldsOf: datesChange }),
      [getScheduleState.route]: async ({ params: { id }, query: { time }, now }, { table }) => {
        const item = found(await table.get(rowsOf(schedule).row, { id }), 'Schedule');
        return ok(stateAtInstant(item, time === undefined ? now : new Date(time)));
      },
    },
    dependencies,
  );

export const handler = schedulesHandler();
