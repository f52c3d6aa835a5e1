import { answer } from '#runtime/answer.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { textingOf } from '../sms/acceptance-steps.ts';
import { acceptFlowSms } from '../sms/texting-steps.ts';
import { flowSms } from './contract.ts';

/** The function that takes the text messages of call flows. */
export const flowSmsHandler = (dependencies = dependenciesFromEnvironment()) =>
  answer(
    flowSms,
    async ({ org_id: organization, ...wanted }, context) => ({
      problem: await acceptFlowSms(
        wanted,
        (decide) => context.transact(organization, decide),
        () => textingOf(organization, context),
      ),
    }),
    dependencies,
  );

export const handler = flowSmsHandler();
