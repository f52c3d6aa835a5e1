import { Duration } from 'aws-cdk-lib';
import type { Consumer } from '../../shared/contract/resource.ts';

/** Visibility is six times the consumer's time-out (AWS Lambda guide, "Using Lambda with Amazon SQS"). */
const visibilityFactor = 6;
const defaultVisibility = Duration.seconds(180);

/** How long a received message stays hidden. */
export const visibilityOf = (consumer: Consumer | undefined): Duration =>
  consumer === undefined ? defaultVisibility : Duration.seconds(consumer.timeout * visibilityFactor);

/** How long messages and dead letters are kept: the longest that SQS offers. */
export const messageRetention = Duration.days(14);
