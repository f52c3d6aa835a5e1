import { Duration } from 'aws-cdk-lib';
import type { Consumer } from '#contract/resource.ts';

/** Visibility is six times the consumer's timeout (AWS Lambda guide, "Using Lambda with Amazon SQS"). */
const visibilityFactor = 6;
const defaultVisibility = Duration.seconds(180);

/** Time for which a received message is hidden. */
export const visibilityOf = (consumer: Consumer | undefined): Duration =>
  consumer === undefined ? defaultVisibility : Duration.seconds(consumer.timeout * visibilityFactor);

/** Retention of messages and dead letters: the max of SQS. */
export const messageRetention = Duration.days(14);
