import { serve } from '../../../../shared/http/serve.ts';
import { handlersOf } from '../../../../shared/http/stored-handlers.ts';
import { dependenciesFromEnvironment } from '../../../../shared/runtime/dependencies.ts';
import { holidayCalendar, holidayCalendars } from './contract.ts';

export const holidayCalendarsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(holidayCalendars, { ...handlersOf(holidayCalendar) }, dependencies);
