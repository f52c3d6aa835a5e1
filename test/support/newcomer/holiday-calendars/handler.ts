import { serve } from '#http/serve.ts';
import { handlersOf } from '#http/stored-handlers.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { holidayCalendar, holidayCalendars } from './contract.ts';

export const holidayCalendarsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(holidayCalendars, { ...handlersOf(holidayCalendar) }, dependencies);
