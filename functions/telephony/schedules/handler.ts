import { rowsOf } from '#dynamodb/rows/stored-rows.ts';
import { AppError, found } from '#errors.ts';
import { ok } from '#http/answers/answer.ts';
import { assertListsRemoveFew } from '#http/removal.ts';
import { commitUpdate } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { handlersOf, nextStored, storedParts } from '#http/stored-handlers.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { datesChange } from './calendar-file.ts';
import { getScheduleState, schedule, schedules } from './contract.ts';
import { stateAtInstant } from './state-at-instant.ts';

const parts = storedParts(schedule);
const [, , saveSchedule] = schedule.endpoints;
type SaveRequest = Parameters<typeof parts.save>[0];
type SaveContext = Parameters<typeof parts.save>[1];

/** Replaces the dates of a schedule by those of a calendar file. @throws AppError UNSUPPORTED_MEDIA_TYPE */
async function saveCalendar(text: string, request: SaveRequest, context: SaveContext) {
  // A file has not all fields.
  if (request.params.id === 'new') throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'A new schedule is application/json');
  const before = await parts.find(request, context);
  const { fields, warnings } = datesChange(text, request.now);
  const after = nextStored(before, { ...before, ...fields }, request.now);
  assertListsRemoveFew(before, after, request);
  return commitUpdate(
    parts.audit,
    request,
    { before, after },
    {
      writes: parts.writes(before, after),
      shown: parts.present(after, request),
      ...(warnings.length === 0 ? {} : { warnings }),
    },
  );
}

export const schedulesHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    schedules,
    {
      ...handlersOf(schedule),
      [saveSchedule.route]: async (request: SaveRequest, context: SaveContext) =>
        request.text === undefined ? parts.save(request, context) : saveCalendar(request.text, request, context),
      [getScheduleState.route]: async ({ params: { id }, query: { time }, now }, { table }) => {
        const item = found(await table.get(rowsOf(schedule).row, { id }), 'Schedule');
        return ok(stateAtInstant(item, time === undefined ? now : new Date(time)));
      },
    },
    dependencies,
  );

export const handler = schedulesHandler();
