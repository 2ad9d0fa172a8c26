// The API's types, from the document that a running app serves.
import path from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';

export const file = path.resolve(import.meta.dirname, '../src/api.gen.ts');

const head = `// Generated from the API's OpenAPI document: npm run generate. A test of the gate compares the two.
`;

/** @param {string} url Where the app runs. */
export async function generate(url) {
  const answer = await fetch(`${url}/api/openapi.json`);
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}.`);
  const document = await answer.json();
  // Which types of tasks there are is an app's own, and payloads are checked by the schemas that it serves.
  const { schemas } = document.components;
  for (const name of Object.keys(schemas)) if (name.startsWith('payload_')) delete schemas[name];
  delete schemas.NewTask.properties.type.enum;
  delete schemas.NewTask.properties.payload.anyOf;
  // What requests and answers are made of; the requests themselves are the client's.
  document.paths = {};
  return head + astToString(await openapiTS(document, { alphabetize: true, defaultNonNullable: false, emptyObjectsUnknown: true }));
}
