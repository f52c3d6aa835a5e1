import { aws_cloudwatch as cloudwatch, Duration } from 'aws-cdk-lib';
import { maximumReceives, type Queue } from '#contract/queues.ts';
import type { Consumer } from '#contract/resource.ts';
import type { Names } from '../names.ts';
import { messageRetention, visibilityOf } from './queue-times.ts';
import { period, type Watch } from './watch.ts';

/** Time that people have to save dead letters before SQS deletes them. */
const rescue = Duration.days(3);

/** Min age that raises an alarm, in seconds. */
const leastAge = 300;

const queueMetric = (metricName: string, queueName: string): cloudwatch.Metric =>
  new cloudwatch.Metric({
    namespace: 'AWS/SQS',
    metricName,
    statistic: cloudwatch.Stats.MAXIMUM,
    period,
    dimensionsMap: { QueueName: queueName },
  });

export const depthOf = (queueName: string): cloudwatch.Metric =>
  queueMetric('ApproximateNumberOfMessagesVisible', queueName);
export const ageOf = (queueName: string): cloudwatch.Metric => queueMetric('ApproximateAgeOfOldestMessage', queueName);

/** Seconds until a message that fails at every attempt becomes a dead letter. */
const triedFor = (consumer: Consumer | undefined): number => visibilityOf(consumer).toSeconds() * maximumReceives;

/** A dead letter of these queues is a call that is not charged. */
const hasCdrs = (queue: Queue): boolean => queue.startsWith('cdr-');

/** The alarms of a queue and of its dead letters. */
export function queueWatches(names: Names, queue: Queue, consumer: Consumer | undefined): Watch[] {
  const deadLetters = names.deadLetters(queue);
  return [
    {
      name: `${queue}-age`,
      runbook: 'Late messages',
      metric: ageOf(names.queue(queue)),
      threshold: Math.max(leastAge, 2 * triedFor(consumer)),
    },
    {
      name: `${queue}-dead-letters`,
      runbook: 'Dead letters',
      metric: depthOf(deadLetters),
      threshold: 1,
      ...(hasCdrs(queue) ? { essential: true } : {}),
    },
    {
      name: `${queue}-dead-letters-age`,
      runbook: 'Dead letters about to be lost',
      metric: ageOf(deadLetters),
      threshold: messageRetention.minus(rescue).toSeconds(),
    },
  ];
}
