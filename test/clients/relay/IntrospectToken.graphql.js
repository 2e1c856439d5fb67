/**
 * @generated SignedSource<<070d8ad79189e416fdb4f2208fa38199>>
 * @lightSyntaxTransform
 */

/* eslint-disable */

'use strict';

var node = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "token"
  }
],
v1 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "token",
        "variableName": "token"
      }
    ],
    "concreteType": "TokenIntrospection",
    "kind": "LinkedField",
    "name": "introspectToken",
    "plural": false,
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
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "tokenType",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "issuedAt",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "expiresAt",
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
    "name": "IntrospectToken",
    "selections": (v1/*:: as any*/),
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "IntrospectToken",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "862b6ae9fa11a3a4c4868a586d649255",
    "id": null,
    "metadata": {},
    "name": "IntrospectToken",
    "operationKind": "query",
    "text": "query IntrospectToken(\n  $token: String!\n) {\n  introspectToken(token: $token) {\n    active\n    clientId\n    tokenType\n    issuedAt\n    expiresAt\n  }\n}\n"
  }
};
})();

node.hash = "690dd002b45a40a686f7d5a355f707ed";

export default node;
