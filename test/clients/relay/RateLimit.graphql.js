/**
 * @generated SignedSource<<97e5455d717a8ce0dbaf2eba8ba9927f>>
 * @lightSyntaxTransform
 */

/* eslint-disable */

'use strict';

var node = (function(){
var v0 = [
  {
    "alias": null,
    "args": null,
    "concreteType": "RateLimit",
    "kind": "LinkedField",
    "name": "rateLimit",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "concreteType": "RateLimitPolicy",
        "kind": "LinkedField",
        "name": "policies",
        "plural": true,
        "selections": [
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "name",
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "limit",
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "windowSeconds",
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "remaining",
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "resetsAt",
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
    "argumentDefinitions": [],
    "kind": "Fragment",
    "metadata": null,
    "name": "RateLimit",
    "selections": (v0/*:: as any*/),
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [],
    "kind": "Operation",
    "name": "RateLimit",
    "selections": (v0/*:: as any*/)
  },
  "params": {
    "cacheID": "f8935507a9fa4d5566833b5137d2a11d",
    "id": null,
    "metadata": {},
    "name": "RateLimit",
    "operationKind": "query",
    "text": "query RateLimit {\n  rateLimit {\n    policies {\n      name\n      limit\n      windowSeconds\n      remaining\n      resetsAt\n    }\n  }\n}\n"
  }
};
})();

node.hash = "27d9ac60ae9d9dfe7e8dfd0e3baad0db";

export default node;
