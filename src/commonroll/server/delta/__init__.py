"""Delta Sharing below `/sharing/`: a recipient reads what an agreement grants with software that it has.

`door` lets a token in and finds the route, `shares` says what the token may see, `versions` counts what
changes, `cutting` writes files and hands them out after their receipts, `lines` writes the two formats of the
protocol, `links` and `files` let a file be fetched for as long as the agreement is in force. Nothing here
decides what may be seen: that is `views`.
"""
