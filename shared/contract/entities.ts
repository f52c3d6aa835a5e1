/**
 * The kind of an item in the table. Every partition key, of the table and of both indexes, begins with one, so that IAM
 * can limit each function to its entities by `dynamodb:LeadingKeys`. An entity is declared by its row
 * (shared/dynamodb/README.md, "Access patterns"); `npm test` rejects an effect on one that has no row.
 */
export type Entity = string;

export type Index = 'GSI1' | 'GSI2';
