/**
 * @generated SignedSource<<0081c8694f4881a029d85ae4208dbd85>>
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
        "concreteType": "OAuthConnection",
        "kind": "LinkedField",
        "name": "connection",
        "plural": false,
        "selections": [
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "id",
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "name",
            "storageKey": null
          }
        ],
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
    "name": "IntrospectTokenConnection",
    "selections": (v1/*:: as any*/),
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "IntrospectTokenConnection",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "a32e2592ca328bac8d59782eeee5a33a",
    "id": null,
    "metadata": {},
    "name": "IntrospectTokenConnection",
    "operationKind": "query",
    "text": "query IntrospectTokenConnection(\n  $token: String!\n) {\n  introspectToken(token: $token) {\n    active\n    connection {\n      id\n      name\n    }\n  }\n}\n"
  }
};
})();

node.hash = "93716ba39ce864790423fd261bdef061";

export default node;
