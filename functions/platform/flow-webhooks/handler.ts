import { OutboundFailed, outboundFromEnvironment } from '#outbound/outbound.ts';
import { newBrake, windowsOfStore } from '#limits/brake.ts';
import { answer } from '#runtime/answer.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { second } from '#schema/time.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { defaultWebhookOf } from '#webhooks/default-webhook.ts';
import { signedHeaders } from '#webhooks/post.ts';
import { maxAnswer, readAnswer } from './answer-body.ts';
import { flowWebhooks } from './contract.ts';

/** The function that asks servers for call flows. @throws Error without secrets, which open those of webhooks */
export function flowWebhooksHandler(
  dependencies = dependenciesFromEnvironment({
    secrets: secretsFromEnvironment(),
    outbound: outboundFromEnvironment(),
  }),
) {
  if (dependencies.secrets === undefined) throw new Error('signing needs secrets');
  const seals = sealsFrom(dependencies.secrets);
  const brake = newBrake(windowsOfStore(dependencies.store));
  return answer(
    flowWebhooks,
    async ({ org_id: organization, id, url, timeout_seconds: seconds, body }, context) => {
      const now = context.clock();
      const webhook = await defaultWebhookOf(organization, { ...context, seals });
      if (webhook === undefined || !URL.canParse(url)) return { problem: 'has no URL, or the organization no secret' };
      try {
        const wait = await brake('flow-webhook', { organization, target: new URL(url).hostname }, now);
        if (wait > 0) return { problem: 'is not asked: too many requests to its host' };
        const headers = await signedHeaders(seals, webhook, { id, body, now });
        const timeout = seconds * second;
        // A byte more than is used shows that there is more.
        const request = { method: 'POST', url, headers, body, timeout, maxBytes: maxAnswer + 1 } as const;
        return readAnswer(await context.outbound.send(request));
      } catch (error) {
        if (error instanceof OutboundFailed) return { problem: `is not reached: ${error.code}` };
        throw error;
      }
    },
    dependencies,
  );
}

export const handler = flowWebhooksHandler();
