import { expect } from 'chai';
import { read } from '../support/checkout.js';
import { clientTypes, clientTypesFile } from '../support/client-types.js';

describe('the types of the client', () => {
  it('are what the OpenAPI documents give today', async () => {
    expect(await clientTypes(), 'make them again: npm run client-types').to.equal(read(clientTypesFile));
  });
});
