import { ok } from '#http/answers/answer.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { getHolidays, holidays } from './contract.ts';
import { holidaysOf, yearIn } from './holidays.ts';

export const holidaysHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    holidays,
    {
      [getHolidays.route]: async ({ query, organization, now }) => {
        const { country = organization.country, year = yearIn(organization.timezone, now), region, language } = query;
        return ok(holidaysOf({ country, year, region, language }));
      },
    },
    dependencies,
  );

export const handler = holidaysHandler();
