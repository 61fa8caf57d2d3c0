"""Sales quotes and orders of the make-believe Financials.

``sales_documents`` keeps them, ``headers`` and ``lines`` validate their fields one by one as somebody at the keyboard
would set them, ``pricing`` says what a line costs, ``amounts`` adds up; ``answering`` and ``shapes`` are API v2.0, and
``price_action`` is the companion's way of asking for prices alone.
"""
