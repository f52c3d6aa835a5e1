/** `npm run convert-cdrs -- <stage>`: converts the CDRs that builds before 0.1.0 stored. May be repeated. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { convertCdrs } from './convert-cdrs/cdrs.ts';
import { command, run } from './command-line/command.ts';
import { stageAt, where } from './stage/stage.ts';

export const tool = command({
  name: 'convert-cdrs',
  purpose: 'Converts the CDRs that the first builds stored. May be repeated.',
  arguments: { stage: where },
});

if (import.meta.main)
  await run(tool, async ({ stage }) => {
    const { names, options } = stageAt(stage);
    const { converted, unchanged } = await convertCdrs({ client: new DynamoDBClient(options), tableName: names.table });
    console.log(`${converted} items of CDRs converted, ${unchanged} had the present form.`);
  });
