import { aws_events as events, aws_events_targets as targets, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { FunctionContract } from '#contract/resource.ts';
import { keepsWarm } from '../constructs/evaluator-alias.ts';
import { consumesQueue, PlatformFunction, type PlatformProps } from '../constructs/platform-function.ts';
import { readsDeliveryLogs } from '../constructs/sms-delivery-logs.ts';
import { readsStream } from '../constructs/stream-source.ts';

type AreaProps = StackProps & PlatformProps & { readonly contracts: readonly FunctionContract[] };

/** The functions of one area with their queues and schedules; the API stack adds the routes. */
export class AreaStack extends Stack {
  constructor(scope: Construct, id: string, { contracts, ...props }: AreaProps) {
    super(scope, id, props);
    for (const contract of contracts) this.#add(contract, props);
  }

  #add(contract: FunctionContract, props: Omit<AreaProps, 'contracts'>): void {
    const added = new PlatformFunction(this, { ...props, contract });
    switch (contract.kind) {
      case 'resource':
        if (contract.provisioned === true) keepsWarm(added, props, contract.name);
        return;
      case 'consumer':
        consumesQueue(added, { contract, names: props.names });
        if (contract.reports === 'sms' && props.settings.smsDeliveryLog) readsDeliveryLogs(added);
        return;
      case 'scheduled':
        new events.Rule(added, 'Clock', {
          schedule: events.Schedule.rate(Duration.minutes(contract.everyMinutes)),
          targets: [new targets.LambdaFunction(added.lambda)],
        });
        return;
      case 'feed':
        readsStream(added, { contract, names: props.names });
        return;
      case 'answering':
      // Those that ask it have the permission.
    }
  }
}
