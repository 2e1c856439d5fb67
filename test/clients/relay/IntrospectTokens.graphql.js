/**
 * @generated SignedSource<<90e6a684131309eebd604d925a14b4cf>>
 * @lightSyntaxTransform
 */

/* eslint-disable */

'use strict';

var node = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "tokens"
  }
],
v1 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "tokens",
        "variableName": "tokens"
      }
    ],
    "concreteType": "TokenIntrospection",
    "kind": "LinkedField",
    "name": "introspectTokens",
    "plural": true,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "active",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "clientId",
        "storageKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "IntrospectTokens",
    "selections": (v1/*:: as any*/),
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "IntrospectTokens",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "3fd9637978a2a0d02542e977116eb353",
    "id": null,
    "metadata": {},
    "name": "IntrospectTokens",
    "operationKind": "query",
    "text": "query IntrospectTokens(\n  $tokens: [String!]!\n) {\n  introspectTokens(tokens: $tokens) {\n    active\n    clientId\n  }\n}\n"
  }
};
})();

node.hash = "6367bcca3daa92c544ff9db80401e41f";

export default node;
