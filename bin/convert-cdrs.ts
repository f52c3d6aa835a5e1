/**
 * `node bin/convert-cdrs.ts <stage>`: converts the CDRs that builds before 0.1.0 stored, with the caller's AWS
 * credentials; `node bin/convert-cdrs.ts .local/outputs.json`: the same on this machine. May be repeated.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { convertCdrs } from './convert-cdrs/cdrs.ts';
import { stageAt } from './stage.ts';

const [where] = process.argv.slice(2);
if (where === undefined) {
  console.error('Name the stage, or the outputs.json of a Trunkline on this machine.');
  process.exit(1);
}
const { names, options } = stageAt(where);
const { converted, unchanged } = await convertCdrs({ client: new DynamoDBClient(options), tableName: names.table });
console.log(`${converted} items of CDRs converted, ${unchanged} had the present form.`);
